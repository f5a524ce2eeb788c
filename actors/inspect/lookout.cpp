#include "actors/inspect/lookout.hpp"

#include "actors/inspect/event_log.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>

namespace causeway {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds longest_interval{1'000};

/// Episodes told one by one in each round; of more, their number is.
constexpr std::size_t most_told = 16;

std::string seconds_text(double x) {
  char out[32];
  std::snprintf(out, sizeof(out), "%.1f", x);
  return out;
}

} // namespace

void lookout_state::start(lookout_environment x) {
  environment = std::move(x);
  turns.resize(environment.runs->threads());
  self->monitor(environment.node);
  self->delayed_send(lookout_actor{self}, interval(), watch_due{});
}

milliseconds lookout_state::interval() const {
  return std::clamp(
    environment.stuck_after / 5, milliseconds{20}, longest_interval);
}

void lookout_state::look_around() {
  life.touch();
  ++rounds;
  auto now = self->clock().now();
  auto found = find_running();
  for (auto& x : eyes.late(environment.stuck_after)) {
    auto is_running =
      std::ranges::any_of(found, [&](auto& y) { return y.id == x.id; });
    if (!is_running)
      found.push_back({x.id, x.kind, stuck_how::waiting, x.since});
  }
  report(environment.stuck->update(found));
  auto is_time = !swept || now - *swept >= environment.stuck_after / 2;
  if (!is_sweeping && is_time && suspects_anything(now)) {
    swept = now;
    inspect(std::numeric_limits<std::size_t>::max());
  } else {
    inspect(1);
  }
  self->delayed_send(lookout_actor{self}, interval(), watch_due{});
}

std::vector<stuck_actors::entry> lookout_state::find_running() {
  std::vector<stuck_actors::entry> out;
  auto now = self->clock().now();
  for (std::size_t i = 0; i < turns.size(); ++i) {
    auto running = environment.runs->now_running(i);
    if (!running) {
      turns[i].reset();
    } else if (!turns[i] || turns[i]->turn != running->turn) {
      turns[i] = long_turn{running->turn, now};
    } else if (now - turns[i]->since >= environment.stuck_after) {
      out.push_back(
        {running->id, running->kind, stuck_how::running, turns[i]->since});
    }
  }
  return out;
}

bool lookout_state::suspects_anything(inspector::time_point now) const {
  auto half = environment.stuck_after / 2;
  return !eyes.late(half).empty() || std::ranges::any_of(turns, [&](auto& x) {
    return x && now - x->since >= half;
  });
}

void lookout_state::inspect(std::size_t depth) {
  inspection_limits limits;
  limits.depth = depth;
  limits.children = std::numeric_limits<std::size_t>::max();
  limits.total = environment.stuck_after;
  auto sweeps = depth > 1;
  is_sweeping |= sweeps;
  // Who is late is known to `eyes`; the tree says nothing more.
  eyes.inspect(environment.node, limits, [this, sweeps](const actor_tree&) {
    if (sweeps)
      is_sweeping = false;
  });
}

void lookout_state::report(const stuck_actors::changes& x) const {
  environment.count->add(counter::actors_stuck, x.begun.size());
  auto tell = [](const std::vector<stuck_actors::entry>& all, log_level level,
                std::string_view event) {
    for (std::size_t i = 0; i < std::min(all.size(), most_told); ++i)
      log_event(level, event,
        {{"kind", all[i].kind}, {"id", std::to_string(all[i].id)},
          {"how", std::string{to_string(all[i].how)}},
          {"seconds", seconds_text(all[i].seconds())}});
    if (all.size() > most_told)
      log_event(
        level, event, {{"others", std::to_string(all.size() - most_told)}});
  };
  tell(x.begun, log_level::warn, "actor_stuck");
  tell(x.ended, log_level::info, "actor_recovered");
}

actor_snapshot lookout_state::snapshot() const {
  auto x = life.snapshot(self);
  x.fields = {{"rounds", std::to_string(rounds)},
    {"stuck", std::to_string(environment.stuck->size())},
    {"stuck_after", std::to_string(environment.stuck_after.count()) + "ms"}};
  return x;
}

lookout_actor::behavior_type lookout(
  lookout_actor::stateful_pointer<lookout_state> self,
  lookout_environment environment) {
  self->set_down_handler([self](caf::down_msg& x) { self->quit(x.reason); });
  self->state.start(std::move(environment));
  return {
    [self](watch_due) { self->state.look_around(); },
    [self](inspection_due x) { self->state.eyes.due(x.number); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
