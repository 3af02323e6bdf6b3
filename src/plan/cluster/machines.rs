//! How many machines, processors and how much memory the groups of a cluster hold.

use crate::model::cluster::change::{Capacity, Machines};
use crate::model::cluster::kops::capacity;
use crate::object::Object;

pub fn of<'o>(documents: impl Iterator<Item = &'o Object>) -> Machines {
    let mut machines = Machines::default();
    for group in documents.filter(|document| document.kind() == "InstanceGroup") {
        let spec = &group.value()["spec"];
        let machine = spec["machineType"].as_str().unwrap_or_default();
        let size = capacity(machine);
        if size.is_none() && !machines.unknown.iter().any(|known| known == machine) {
            machines.unknown.push(machine.to_owned());
        }
        let add = |to: &mut Capacity, key: &str| {
            let count = spec[key].as_u64().unwrap_or_default();
            let (cpus, memory) = size.unwrap_or_default();
            to.machines += count;
            to.cpus += count * cpus;
            to.memory += count * memory;
        };
        add(&mut machines.least, "minSize");
        add(&mut machines.most, "maxSize");
    }
    machines
}
