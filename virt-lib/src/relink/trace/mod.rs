//! The log of `--debug`: core functions around those that the component calls. Each writes the call
//! with its arguments, hands it on with the same arguments, and writes the result. They have a
//! module of their own for each memory that they read. This module must never change a value.

mod code;
mod label;
mod location;
mod streams;
mod values;

pub(crate) use streams::{EVENT, Moving, Whose, streams};

use crate::plan::label::Label;
use crate::plan::layout::{Abi, Signature};
use crate::plan::refuse::RETURNED;
use crate::plan::site::Site;
use code::Code;
use location::Location;
use std::collections::BTreeMap;
use wasi_virt_layout::trace::Scalar;
use wasm_encoder::{BlockType, Function, InstructionSink, ValType};
use wasmparser::component_types::{ComponentFuncTypeId, ComponentValType, ResourceId};

/// Parts that the types of one function may have: there is code for each.
const MOST: usize = 10_000;

/// A function that is logged.
pub(crate) struct Traced<'t> {
    pub site: &'t Site,
    pub function: ComponentFuncTypeId,
    pub label: &'t Label,
}

/// What the functions of a module need besides.
pub(crate) struct Needs<'t> {
    pub abi: Abi<'t>,
    /// What resources are called.
    pub resources: &'t BTreeMap<ResourceId, String>,
    pub layer: u32,
    /// Whether only calls that are denied are logged.
    pub only_denied: bool,
    /// Under which numbers the adapter exports what.
    pub exports: &'t BTreeMap<String, u32>,
}

/// Writes the module. Its exports are numbered as `functions` are, and so are the functions that
/// it imports from [`HOST`](super::glue::HOST), which they call. It has a memory if `has_memory`.
pub(crate) fn module(functions: &[Traced<'_>], has_memory: bool, needs: &Needs<'_>) -> Vec<u8> {
    let sites = functions.iter().map(|it| it.site);
    let wrapped = sites.map(|site| (site.params.as_slice(), site.results.as_slice()));
    let mut code = Code::new(needs, (has_memory, false), wrapped);
    for (number, function) in (0..).zip(functions) {
        let body = wrap(&mut code, needs, number, function);
        code.define(number, body);
    }
    code.finish(functions.iter().map(|it| it.site.label()))
}

/// The code of a function that logs the call of an inner one.
fn wrap(code: &mut Code<'_>, needs: &Needs<'_>, number: u32, traced: &Traced<'_>) -> Function {
    let site = traced.site;
    let params = site.params.len() as u32;
    // Two to walk through a list of handles, one for whether the call is logged where its handles
    // decide that, and one for the result.
    let is_decided = needs.only_denied && !matches!(traced.label, Label::Always(_));
    let own = 2 + u32::from(is_decided);
    let mut locals = vec![(own, ValType::I32)];
    locals.extend(site.results.iter().map(|ty| (1, *ty)));
    let (walk, logged, result) = (params, params + 2, params + own);
    let mut function = Function::new(locals);
    let sink = &mut function.instructions();
    // As in the canonical ABI: what calls back from a realloc may not call out.
    sink.global_get(0).if_(BlockType::Empty).unreachable().end();
    let ty = &needs.abi.types[traced.function];
    let signature = needs.abi.signature(traced.function, site.is_async);
    let mut left = MOST;
    let mut types = ty.params.iter().map(|(_, ty)| ty).chain(&ty.result);
    let is_shown = types.all(|ty| needs.abi.has_at_most(*ty, &mut left));

    if is_decided {
        code.is_refused(sink, traced.label);
        sink.local_tee(logged).if_(BlockType::Empty);
    }
    code.text(sink, "wasi-virt: ");
    code.label(sink, traced.label, walk);
    code.text(sink, &format!(" {}(", site.label()));
    if is_shown {
        let flat: Vec<_> = (0..).zip(site.params.iter().copied()).collect();
        let place = match signature.spilled {
            true => Location::Memory(0, 0),
            false => Location::Flat(&flat),
        };
        let params = ty.params.iter();
        let params: Vec<_> = params
            .map(|(name, ty)| (Some(name.as_str()), *ty))
            .collect();
        code.sequence(sink, &params, place);
    } else {
        code.text(sink, "…");
    }
    code.text(sink, ")");
    code.end_line(sink);
    if is_decided {
        sink.end();
    }

    (0..params).for_each(|param| {
        sink.local_get(param);
    });
    sink.call(code.inner(number));
    if !site.results.is_empty() {
        sink.local_set(result);
    }
    if is_decided {
        sink.local_get(logged).if_(BlockType::Empty);
    }
    if site.is_async {
        // There is a result only if the call has returned.
        sink.local_get(result).i32_const(15).i32_and();
        sink.i32_const(RETURNED).i32_eq().if_(BlockType::Empty);
    }
    if let Some(of) = ty.result {
        let shown = is_shown.then_some(of);
        answer(code, sink, shown, &signature, (result, &site.results));
    }
    if site.is_async {
        sink.else_();
        code.text(sink, "wasi-virt:   -> started <subtask ");
        code.scalar(sink, Scalar::U32, |sink| {
            sink.local_get(result).i32_const(4).i32_shr_u();
            sink.i64_extend_i32_u();
        });
        code.text(sink, ">");
        code.end_line(sink);
        sink.end();
    }
    if is_decided {
        sink.end();
    }
    if !site.results.is_empty() {
        sink.local_get(result);
    }
    sink.end();
    function
}

/// Writes the line of a result.
fn answer(
    code: &mut Code<'_>,
    sink: &mut InstructionSink<'_>,
    shown: Option<ComponentValType>,
    signature: &Signature,
    (local, types): (u32, &[ValType]),
) {
    code.text(sink, "wasi-virt:   -> ");
    let flat: Vec<_> = types.iter().map(|ty| (local, *ty)).collect();
    match (shown, signature.return_pointer) {
        (Some(ty), Some(pointer)) => code.value(sink, ty, Location::Memory(pointer, 0)),
        (Some(ty), None) => code.value(sink, ty, Location::Flat(&flat)),
        (None, _) => code.text(sink, "…"),
    }
    code.end_line(sink);
}

#[cfg(test)]
mod tests;
