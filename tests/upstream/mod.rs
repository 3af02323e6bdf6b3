//! Equal to upstream: what each module renders against what upstream's own chart renders.
//!
//! `<module>/upstream.yaml` says which chart and versions, which objects are called otherwise, which
//! cases no knob can say and why, and every field that differs with its reason. `<module>/<case>.yaml`
//! holds the knobs that say the values of the case, and `<module>/changed.yaml` what changed between
//! two versions. The charts' renderings stand beside the
//! repository where kops-stack is built; elsewhere these tests say that they are skipped.

mod changed;
mod chart;
mod compare;
mod crds;
mod defaults;
mod equal;
mod golden;
mod install;
mod leaves;
mod normal;
mod pattern;
mod reasons;
mod selectors;
mod survey;
mod table;
