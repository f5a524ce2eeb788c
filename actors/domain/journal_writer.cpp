#include "actors/domain/journal_writer.hpp"

#include "actors/inspect/event_log.hpp"

#include <utility>

namespace causeway {

void journal_writer_state::commit() {
  auto fault = journal->commit();
  if (fault.empty()) {
    ++transactions;
    return;
  }
  log_event(log_level::error, "journal_failed", {{"reason", fault}});
  life.last_error = std::move(fault);
  if (!std::exchange(pausing, true))
    self->delayed_send(
      journal_writer_actor{self}, journal_pause, journal_due{});
}

actor_snapshot journal_writer_state::snapshot() {
  auto x = life.snapshot(self, pausing ? "failing" : "running");
  x.fields = {{"waiting", std::to_string(journal->waiting())},
    {"transactions", std::to_string(transactions)}};
  return x;
}

journal_writer_actor::behavior_type journal_writer(
  journal_writer_actor::stateful_pointer<journal_writer_state> self,
  std::shared_ptr<journal> journal) {
  self->state.journal = std::move(journal);
  self->state.journal->set_writer(self);
  return {
    [self](journal_due) {
      auto& state = self->state;
      state.life.touch();
      // While it fails, only the end of the pause, sent by this actor, counts.
      if (state.pausing && self->current_sender() != self->ctrl())
        return;
      state.pausing = false;
      state.commit();
    },
    [self](journal_check) {
      self->state.life.touch();
      self->state.commit();
      return journal_checked{};
    },
    [self](inspect_request) {
      self->state.life.touch();
      return self->state.snapshot();
    },
  };
}

} // namespace causeway
