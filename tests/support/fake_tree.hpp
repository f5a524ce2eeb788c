#pragma once

#include "actors/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <vector>

/// Actors that only answer inspections.
namespace causeway::test {

/// Answers at once with `answer` under its own id.
inline inspectable_actor::behavior_type fake_actor(
  inspectable_actor::pointer self, actor_snapshot answer) {
  answer.id = self->id();
  return {
    [answer](inspect_request) { return answer; },
  };
}

struct silent_state {
  static inline const char* name = "silent";
  std::vector<caf::typed_response_promise<actor_snapshot>> unanswered;
};

/// Takes every question and answers none.
inline inspectable_actor::behavior_type silent_actor(
  inspectable_actor::stateful_pointer<silent_state> self) {
  return {
    [self](inspect_request) -> caf::result<actor_snapshot> {
      auto promise = self->make_response_promise<actor_snapshot>();
      self->state.unanswered.push_back(promise);
      return promise;
    },
  };
}

/// A snapshot to answer with.
inline actor_snapshot make_snapshot(std::string kind,
  snapshot_fields fields = {}, std::vector<inspectable_actor> children = {}) {
  actor_snapshot x;
  x.kind = std::move(kind);
  x.state = "running";
  x.fields = std::move(fields);
  for (auto& child : children)
    x.children.push_back(std::move(child));
  return x;
}

} // namespace causeway::test
