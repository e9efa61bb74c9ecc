//! Findings on a policy that compiles: what is valid and still hardly meant. One finding a file.

use crate::diag::Diagnostic;
use crate::model::Model;

mod clause_not_implemented;
mod clock_never_starts;
mod coverage_too_short;
mod dead_end;
mod four_eyes_alone;
mod four_eyes_one_way;
mod four_eyes_void;
mod never_completed;
mod no_clause;
mod no_initial_state;
mod no_sender;
mod permission_leaves_out;
mod role_vacant;
mod row_never_hit;
mod rows_overlap;
mod shadowed_transition;
mod substitute_chain;
mod substitutes_overlap;
mod table_gap;
mod table_space;
mod unhandled_event;
mod unknown_person;
mod unreachable_state;

#[cfg(test)]
mod testing;

/// Every finding.
pub fn run(model: &Model, found: &mut Vec<Diagnostic>) {
    const ALL: &[fn(&Model, &mut Vec<Diagnostic>)] = &[
        no_initial_state::find,
        unreachable_state::find,
        dead_end::find,
        never_completed::find,
        shadowed_transition::find,
        unhandled_event::find,
        no_sender::find,
        clock_never_starts::find,
        rows_overlap::find,
        row_never_hit::find,
        table_gap::find,
        coverage_too_short::find,
        role_vacant::find,
        unknown_person::find,
        substitute_chain::find,
        substitutes_overlap::find,
        four_eyes_void::find,
        four_eyes_alone::find,
        four_eyes_one_way::find,
        permission_leaves_out::find,
        clause_not_implemented::find,
        no_clause::find,
    ];
    for finding in ALL {
        finding(model, found);
    }
}
