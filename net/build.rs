//! Generates the gRPC service of `proto/wire.proto`, without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let described = protox::compile(["proto/wire.proto"], ["proto"])?;
    println!("cargo::rerun-if-changed=proto/wire.proto");
    tonic_prost_build::configure()
        .bytes(".")
        .build_transport(false)
        .codec_path("crate::grpc::codec::EnvelopeCodec")
        .compile_fds(described)?;
    Ok(())
}
