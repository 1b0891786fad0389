//! A subsystem that is the host's or denied, as a whole.

use crate::policy::Access;

/// A subsystem that is left to the host, or denied.
#[derive(Clone, Copy, Debug, Default)]
pub struct VirtSwitch {
    access: Access,
}

impl VirtSwitch {
    pub(super) fn new(access: Access) -> Self {
        VirtSwitch { access }
    }

    pub(super) fn access(self) -> Access {
        self.access
    }

    /// Leaves it to the host.
    pub fn allow(&mut self) -> &mut Self {
        self.access = Access::Allow;
        self
    }

    /// Denies every call.
    pub fn deny(&mut self) -> &mut Self {
        self.access = Access::Deny;
        self
    }
}
