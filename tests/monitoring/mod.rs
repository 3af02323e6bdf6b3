//! What Prometheus is told: every expression of rules and dashboards is PromQL and asks for metrics
//! that are there, and every monitor and rule of the stack reaches the stack's Prometheus.

mod expressions;
mod metrics;
mod selection;
