//! Generates the gRPC services of `proto/`, without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    let own = protox::compile(["proto/wire.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .bytes(".")
        .build_transport(false)
        .codec_path("crate::grpc::codec::EnvelopeCodec")
        .compile_fds(own)?;
    let link = protox::compile(["proto/interconnection/link.proto"], ["proto"])?;
    tonic_prost_build::configure().bytes(".").build_transport(false).compile_fds(link)?;
    Ok(())
}
