//! A function that refuses. By result type there are four ways to: the interface's own error, a hollow
//! resource whose methods refuse in turn, nothing (none, no elements), or a trap in a function whose name
//! says what was denied and how to allow it. Arguments are dropped and freed in the first three.

use super::Synth;
use super::forward::Frame;
use super::walk::Action;
use crate::error::Result;
use crate::module::Op;
use crate::plan::Role;
use crate::policy::DenyMode;
use crate::relink::REFUSALS;
use crate::subsystem::{InterfaceName, Subsystem};
use crate::world::Export;
use wit_parser::{
    Function, Handle, Int, ResourceIntrinsic, Type, TypeDefKind, TypeId, WasmExportKind,
};

/// How an interface answers when it is denied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Trap,
    /// The first of the three ways without a trap that the result type has.
    Answer,
}

impl Synth<'_> {
    pub(super) fn deny(&mut self, export: &Export, function: &Function) -> Result<()> {
        let frame = self.frame(function);
        let answer = match manner(export, self.deny) {
            Manner::Answer => self.answer(function, &frame)?,
            Manner::Trap => None,
        };
        let ops = match answer {
            Some(answer) => {
                let mut ops =
                    self.params(function, frame.indirect, &frame.slots, Action::Discard)?;
                ops.extend(answer);
                ops
            }
            None => vec![Op::Unreachable],
        };
        let label = format!(
            "denied by wasi-virt: {}#{} (allow with {})",
            export.name,
            function.name,
            export.subsystem.flag_for(&export.name)
        );
        let id = self.function(Some(label), &frame.args, &frame.results, ops);
        let name = self.export_name(export, function, WasmExportKind::Normal);
        self.export(name, id);
        Ok(())
    }

    /// The ops that leave the refusal as the result, or `None` where the type has no way to refuse.
    fn answer(&mut self, function: &Function, frame: &Frame) -> Result<Option<Vec<Op>>> {
        let Some(result) = function.result else {
            return Ok(None);
        };
        let area = self.around.return_area;
        if frame.return_pointer {
            let Some(writes) = self.refusal(&result) else {
                return Ok(None);
            };
            let mut ops = self.write_empty(&result);
            for (offset, value) in writes {
                ops.extend([Op::Const(area), Op::Const(value), Op::Store(1, offset)]);
            }
            ops.push(Op::Const(area));
            return Ok(Some(ops));
        }
        Ok(match self.alias_root(&result) {
            Some(TypeDefKind::Result(_)) => Some(vec![Op::Const(1)]),
            Some(TypeDefKind::Handle(Handle::Own(id))) if self.is_hollow(*id) => {
                let new = self.exported(*id, ResourceIntrinsic::ExportedNew);
                // Representation 0 means *no resource* to some hosts.
                Some(vec![Op::Const(1), Op::Call(new)])
            }
            _ => None,
        })
    }

    /// Whether every function that takes this resource refuses, so that a handle needs nothing behind it.
    fn is_hollow(&self, resource: TypeId) -> bool {
        self.world
            .export_of(resource)
            .is_some_and(|export| export.role == Role::Denied)
    }

    /// The bytes that, over zeros, make a refusal of a result in memory.
    fn refusal(&self, result: &Type) -> Option<Vec<(u32, i32)>> {
        if self.can_be_empty(result) {
            return Some(vec![]);
        }
        let TypeDefKind::Result(types) = self.alias_root(result)? else {
            return None;
        };
        let payload = self.payload_offset(Int::U8, &[types.ok.as_ref(), types.err.as_ref()]);
        let mut writes = vec![(0, 1)];
        let Some(error) = &types.err else {
            return Some(writes);
        };
        let case = match self.alias_root(error) {
            Some(TypeDefKind::Enum(cases)) => {
                pick(cases.cases.iter().map(|case| (case.name.as_str(), true)))?
            }
            Some(TypeDefKind::Variant(cases)) => pick(cases.cases.iter().map(|case| {
                (
                    case.name.as_str(),
                    case.ty.is_none_or(|ty| self.zero_is_valid(&ty)),
                )
            }))?,
            _ if self.zero_is_valid(error) => 0,
            _ => return None,
        };
        writes.extend(
            case.to_le_bytes()
                .into_iter()
                .zip(payload..)
                .filter(|(b, _)| *b != 0)
                .map(|(b, at)| (at, b.into())),
        );
        Some(writes)
    }

    /// Whether all zeros is a value of this type: no handle is needed, the first case has none either.
    fn zero_is_valid(&self, ty: &Type) -> bool {
        match self.alias_root(ty) {
            None => true,
            Some(TypeDefKind::Record(record)) => record
                .fields
                .iter()
                .all(|field| self.zero_is_valid(&field.ty)),
            Some(TypeDefKind::Tuple(tuple)) => tuple.types.iter().all(|ty| self.zero_is_valid(ty)),
            Some(TypeDefKind::Variant(variant)) => {
                variant.cases[0].ty.is_none_or(|ty| self.zero_is_valid(&ty))
            }
            Some(TypeDefKind::Result(result)) => result.ok.is_none_or(|ty| self.zero_is_valid(&ty)),
            Some(
                TypeDefKind::List(_)
                | TypeDefKind::Option(_)
                | TypeDefKind::Flags(_)
                | TypeDefKind::Enum(_),
            ) => true,
            Some(_) => false,
        }
    }
}

/// The case to refuse with: the best named refusal, or the first that can be made at all.
fn pick<'c>(cases: impl Iterator<Item = (&'c str, bool)>) -> Option<u32> {
    let cases: Vec<_> = cases.collect();
    REFUSALS
        .iter()
        .find_map(|refusal| {
            cases
                .iter()
                .position(|(name, possible)| *possible && name == refusal)
        })
        .or_else(|| cases.iter().position(|(_, possible)| *possible))
        .and_then(|index| u32::try_from(index).ok())
}

/// Whether the interface answers or traps. Environment, preopens and terminals are empty in both modes;
/// clocks, random, exit and polling have no way to refuse, and an empty answer would be a wrong one.
fn manner(export: &Export, mode: DenyMode) -> Manner {
    let interface = InterfaceName::parse(&export.name).map_or("", |name| name.interface);
    match (export.subsystem, interface) {
        (Subsystem::Env, _) | (Subsystem::Fs, "preopens") => Manner::Answer,
        (Subsystem::Stdin | Subsystem::Stdout | Subsystem::Stderr, _) => Manner::Answer,
        (Subsystem::Clocks | Subsystem::Random | Subsystem::Exit | Subsystem::Neutral, _) => {
            Manner::Trap
        }
        _ => match mode {
            DenyMode::Trap => Manner::Trap,
            DenyMode::Error => Manner::Answer,
        },
    }
}
