#include "actors/config_store.hpp"

#include <utility>

namespace causeway {

actor_snapshot config_store_state::snapshot() const {
  auto x = life.snapshot(self);
  x.fields = {{"source", source},
    {"domains", std::to_string(active->domains.size())},
    {"listeners", std::to_string(active->listeners.size())}};
  return x;
}

config_store_actor::behavior_type config_store(
  config_store_actor::stateful_pointer<config_store_state> self,
  std::shared_ptr<const config::configuration> active, std::string source) {
  self->state.active = std::move(active);
  self->state.source = std::move(source);
  return {
    [self](config_request) {
      self->state.life.touch();
      return config_answer{self->state.active};
    },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
