//! What a component is made of, read from its bytes without running or compiling anything.
//!
//! Two things are asked. Whether it is a component that can be a program of its kind; and whether it can keep anything from
//! one call to the next. The second is an allow-list over sections and instructions: what is on it reads memory, tables and
//! globals and writes none of them, runs nothing when it is instantiated, and holds no handles. Such a component is a
//! function of what it is called with, and of nothing before.

use super::{Failed, Kind};
use wasmparser::{
    BinaryReader, CanonicalFunction, ComponentType, FunctionBody, Parser, Payload, Validator, WasmFeatures,
};
use wit_component::ComponentEncoder;

/// Bytes of a component at most.
pub const MOST_BYTES: usize = 8 << 20;

/// Imports of a component at most.
const MOST_IMPORTS: usize = 64;

/// A component as it is, and of a module that was compiled with the SDK the component that it describes itself to be: always the
/// same of the same module.
///
/// # Errors
/// [`Failed::Unfit`]: the module does not say what it is, or is not that.
pub fn component(bytes: Vec<u8>) -> Result<Vec<u8>, Failed> {
    if !Parser::is_core_wasm(&bytes) {
        return Ok(bytes);
    }
    let mut encoder = ComponentEncoder::default();
    let described = encoder.validate(true).module(&bytes).map_err(Failed::unfit)?;
    described.encode().map_err(Failed::unfit)
}

/// What a component is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Makeup {
    /// What it imports.
    pub imports: Vec<String>,
    /// What it exports.
    pub exports: Vec<String>,
    /// Whether nothing in it can be written, so that nothing is kept from one call to the next.
    pub keeps_nothing: bool,
}

impl Makeup {
    /// Takes a component apart.
    ///
    /// # Errors
    /// [`Failed::Unfit`]: it is none, it is too large, or it is no program of this kind.
    pub fn of(bytes: &[u8], kind: Kind) -> Result<Self, Failed> {
        if bytes.len() > MOST_BYTES {
            return Err(Failed::Unfit(format!("it has more than {MOST_BYTES} bytes")));
        }
        if !Parser::is_component(bytes) {
            return Err(Failed::Unfit("it is no component".to_owned()));
        }
        let features = WasmFeatures::WASM2 | WasmFeatures::COMPONENT_MODEL | WasmFeatures::EXTENDED_CONST;
        let valid = Validator::new_with_features(features).validate_all(bytes);
        valid.map_err(Failed::unfit)?;
        let makeup = Self::read(bytes).map_err(Failed::unfit)?;
        if makeup.imports.len() > MOST_IMPORTS {
            return Err(Failed::Unfit(format!("it has more than {MOST_IMPORTS} imports")));
        }
        for wanted in kind.exports() {
            if !makeup.exports.iter().any(|export| export == wanted) {
                return Err(Failed::Unfit(format!("it does not export {wanted}")));
            }
        }
        Ok(makeup)
    }

    fn read(bytes: &[u8]) -> wasmparser::Result<Self> {
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        let mut keeps_nothing = true;
        let mut depth = 0usize;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            keeps_nothing &= reads_alone(&payload, bytes)?;
            match payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::ComponentImportSection(section) if depth == 1 => {
                    for import in section {
                        imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 1 => {
                    for export in section {
                        exports.push(export?.name.name.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(Self { imports, exports, keeps_nothing })
    }
}

/// Whether a part of a component is one of those that cannot keep anything.
fn reads_alone(payload: &Payload<'_>, bytes: &[u8]) -> wasmparser::Result<bool> {
    Ok(match payload {
        Payload::Version { .. }
        | Payload::TypeSection(_)
        | Payload::ImportSection(_)
        | Payload::FunctionSection(_)
        | Payload::TableSection(_)
        | Payload::MemorySection(_)
        | Payload::GlobalSection(_)
        | Payload::ExportSection(_)
        | Payload::ElementSection(_)
        | Payload::DataCountSection { .. }
        | Payload::DataSection(_)
        | Payload::CodeSectionStart { .. }
        | Payload::CustomSection(_)
        | Payload::ModuleSection { .. }
        | Payload::InstanceSection(_)
        | Payload::CoreTypeSection(_)
        | Payload::ComponentInstanceSection(_)
        | Payload::ComponentAliasSection(_)
        | Payload::ComponentImportSection(_)
        | Payload::ComponentExportSection(_)
        | Payload::End(_) => true,
        Payload::CodeSectionEntry(body) => body_reads_alone(body, bytes)?,
        Payload::ComponentTypeSection(section) => {
            for of in section.clone() {
                if matches!(of?, ComponentType::Resource { .. }) {
                    return Ok(false);
                }
            }
            true
        }
        Payload::ComponentCanonicalSection(section) => {
            for of in section.clone() {
                if !matches!(of?, CanonicalFunction::Lift { .. } | CanonicalFunction::Lower { .. }) {
                    return Ok(false);
                }
            }
            true
        }
        // A function that runs when it is instantiated, components inside, and whatever there will be.
        _ => false,
    })
}

/// Whether a function has none but instructions that write nowhere, by their codes in the specification.
fn body_reads_alone(body: &FunctionBody<'_>, bytes: &[u8]) -> wasmparser::Result<bool> {
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let (_, at) = operators.read_with_offset()?;
        let code = |at: usize| bytes.get(at).copied().unwrap_or(u8::MAX);
        let reads = match code(at) {
            // unreachable, nop, block, loop, if, else
            0x00..=0x05 => true,
            // end, br, br_if, br_table, return, call, call_indirect
            0x0B..=0x11 => true,
            // drop, select, select of a type
            0x1A..=0x1C => true,
            // local.get, local.set, local.tee, global.get
            0x20..=0x23 => true,
            // table.get
            0x25 => true,
            // loads
            0x28..=0x35 => true,
            // memory.size
            0x3F => true,
            // constants, comparisons, arithmetic, conversions, extensions of signs
            0x41..=0xC4 => true,
            // Conversions that saturate: the codes after the first byte, in as few bytes as there can be.
            0xFC => {
                let mut reader = BinaryReader::new(bytes.get(at + 1..).unwrap_or_default(), at + 1);
                reader.read_var_u32()? <= 7
            }
            _ => false,
        };
        if !reads {
            return Ok(false);
        }
    }
    Ok(true)
}
