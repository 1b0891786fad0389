//! The module that puts what the adapter's module calls into its table, and does nothing else.

use crate::module::{Import, Signature, TABLE};
use wasm_encoder::{
    ConstExpr, ElementSection, Elements, EntityType, ImportSection, Module, RefType, TableType,
    TypeSection,
};

/// Imports the table, and every function under its number.
pub(super) fn module(called: &[Import]) -> Module {
    let (mut types, mut imports) = (TypeSection::new(), ImportSection::new());
    let mut signatures: Vec<&Signature> = Vec::new();
    for (number, Import { signature, .. }) in called.iter().enumerate() {
        let known = signatures.iter().position(|known| *known == signature);
        let ty = known.unwrap_or_else(|| {
            types.ty().function(
                signature.params.iter().copied(),
                signature.results.iter().copied(),
            );
            signatures.push(signature);
            signatures.len() - 1
        });
        imports.import("", &number.to_string(), EntityType::Function(ty as u32));
    }
    let table = TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: called.len() as u64,
        maximum: None,
        shared: false,
    };
    imports.import("", TABLE, EntityType::Table(table));
    let mut elements = ElementSection::new();
    let functions: Vec<u32> = (0..called.len() as u32).collect();
    elements.active(
        None,
        &ConstExpr::i32_const(0),
        Elements::Functions(functions.into()),
    );
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&elements);
    module
}
