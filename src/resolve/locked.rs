//! Which built-in modules and stack releases are in use, and whether the lock holds their bytes.

use std::collections::BTreeSet;

use crate::model::lock::Lock;
use crate::model::module::ModuleOrigin;
use crate::model::resolved::ResolvedEnvironment;

/// The lock that holds just what the environments use of the built-in catalogue.
pub fn in_use<'a>(environments: impl IntoIterator<Item = &'a ResolvedEnvironment>) -> Lock {
    let mut lock = Lock::default();
    for environment in environments {
        let stack = &environment.stack;
        if stack.origin == ModuleOrigin::BuiltIn {
            lock.stacks.insert(stack.title(), stack.digest.clone());
        }
        for component in &environment.components {
            let module = &component.module;
            if module.origin == ModuleOrigin::BuiltIn {
                let versions = lock.modules.entry(module.name.clone()).or_default();
                versions.insert(component.version.to_string(), module.digest.clone());
            }
        }
    }
    lock
}

/// How what is in use stands to what the lock holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct LockState {
    /// In use and not locked yet, as `cert-manager 1.21.1`.
    pub missing: BTreeSet<String>,
    /// Locked with other bytes: modules whose name is given, and stack releases.
    pub changed_modules: BTreeSet<String>,
    pub changed_stacks: BTreeSet<String>,
}

/// Compares the lock with what is in use.
pub fn lock_state(lock: &Lock, used: &Lock) -> LockState {
    let mut state = LockState::default();
    for (stack, digest) in &used.stacks {
        match lock.stacks.get(stack) {
            None => drop(state.missing.insert(stack.clone())),
            Some(locked) if locked != digest => drop(state.changed_stacks.insert(stack.clone())),
            Some(_) => {}
        }
    }
    for (module, versions) in &used.modules {
        let locked = lock.modules.get(module);
        for (version, digest) in versions {
            match locked.and_then(|versions| versions.get(version)) {
                None => drop(state.missing.insert(format!("{module} {version}"))),
                Some(locked) if locked != digest => {
                    state.changed_modules.insert(module.clone());
                }
                Some(_) => {}
            }
        }
    }
    state
}

/// Adds what is missing, and leaves what is locked as it is.
pub fn with_missing(lock: &Lock, used: &Lock) -> Lock {
    let mut extended = lock.clone();
    for (stack, digest) in &used.stacks {
        extended
            .stacks
            .entry(stack.clone())
            .or_insert_with(|| digest.clone());
    }
    for (module, versions) in &used.modules {
        let known = extended.modules.entry(module.clone()).or_default();
        for (version, digest) in versions {
            known
                .entry(version.clone())
                .or_insert_with(|| digest.clone());
        }
    }
    extended
}
