//! What the bridge between the host and the component's exports asks of the adapter: a resource of the adapter's for one of
//! the host's, and back.

use super::Synth;
use super::walk::Action;
use crate::error::{Error, Result, Stage};
use crate::module::{FunctionId, Op};
use crate::world::Export;
use wit_parser::{Function, TypeId, WasmExportKind, WasmImport};

impl Synth<'_> {
    /// A function that takes one handle and gives another.
    pub(super) fn cross(
        &mut self,
        export: &Export,
        function: &Function,
        action: Action,
    ) -> Result<()> {
        let frame = self.frame(function);
        // The resource that is the adapter's is the result of the one and the parameter of the other.
        let mut ops = match (action, &function.result) {
            (Action::FromHost, Some(result)) => self.flat(result, &frame.slots, action)?,
            _ => self.params(function, frame.indirect, &frame.slots, action)?,
        };
        ops.extend(frame.args.iter().map(|arg| Op::Get(*arg)));
        let name = self.export_name(export, function, WasmExportKind::Normal);
        let id = self.function(None, &frame.args, &frame.results, ops);
        self.export(name, id);
        Ok(())
    }

    /// In the bridge: the function that brings a resource over.
    pub(super) fn crossing(&mut self, resource: TypeId, adopt: bool) -> Result<FunctionId> {
        let resource = crate::types::root(self.resolve, resource);
        let world = self.world;
        let crossing = world.crossings.get(&resource).ok_or_else(|| {
            Error::internal(Stage::Specialize, "a resource does not cross the bridge")
        })?;
        let function = if adopt {
            &crossing.adopt
        } else {
            &crossing.release
        };
        let key = self.key(crossing.interface);
        let handle = [crate::module::ValType::I32];
        let import = WasmImport::Func {
            interface: Some(&key),
            func: function,
        };
        Ok(self.import(import, &handle, &handle))
    }
}
