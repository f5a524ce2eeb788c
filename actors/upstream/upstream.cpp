#include "actors/upstream/upstream.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/upstream/endpoint_choice.hpp"
#include "actors/upstream/srv_order.hpp"
#include "actors/upstream/upstream_link.hpp"
#include "config/address.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>

namespace causeway {

namespace {

/// Where a name without SRV records is served (RFC 6120 section 3.2.2).
constexpr std::uint16_t default_port = 5222;

/// For a record without weight: "a very small chance of being selected" beside
/// others (RFC 2782), and the same as all where none has any.
constexpr double least_weight = 0.01;

/// Warnings that are remembered, so that each is told once; more are not told.
constexpr std::size_t max_warnings = 256;

std::string_view to_string(endpoint_health::state x) {
  switch (x) {
  case endpoint_health::state::unknown: return "unknown";
  case endpoint_health::state::up: return "up";
  case endpoint_health::state::down: return "down";
  }
  return "unknown";
}

upstream_target base_target(const upstream_entry& x) {
  upstream_target y;
  y.mode = x.settings.tls;
  y.tls = x.tls;
  y.proxy = x.settings.proxy_protocol;
  return y;
}

upstream_target target_of(const upstream_entry& x) {
  auto y = base_target(x);
  y.endpoint = x.settings.address;
  // Checked when the configuration was read.
  if (auto place = config::parse_host_port(x.settings.address)) {
    y.host = place->host;
    y.port = place->port;
  }
  return y;
}

} // namespace

bool upstream_state::is_pattern() const {
  return parts->environment->domain.front() == '*';
}

// -- where streams go ---------------------------------------------------------

std::vector<upstream_target> upstream_state::targets_of(
  std::size_t entry, const std::string& key, std::string& error) const {
  auto& x = parts->entries[entry];
  if (x.settings.srv.empty())
    return {target_of(x)};
  auto& [direct, starttls] = found[entry];
  for (auto* y : {&direct, &starttls})
    if (!y->error().empty())
      error = "DNS for " + x.settings.srv + ": " + y->error();
  auto wanted = [&key](const srv_record& y) {
    return preference(key, y.target + ':' + std::to_string(y.port),
      std::max<double>(y.weight, least_weight));
  };
  auto ordered = order_srv(direct.list(), starttls.list(), wanted);
  if (!ordered) {
    error = "DNS says that " + x.settings.srv + " has no XMPP server";
    return {};
  }
  if (ordered->empty() && starttls.is_known())
    ordered->push_back({x.settings.srv, default_port});
  std::vector<upstream_target> out;
  for (auto& y : *ordered) {
    auto target = base_target(x);
    target.mode = y.mode;
    target.port = y.port;
    target.endpoint = y.host + ':' + std::to_string(y.port);
    target.host = std::move(y.host);
    out.push_back(std::move(target));
  }
  return out;
}

// Those of weight 0 come last, as a reserve.
std::vector<upstream_target> upstream_state::all_targets(
  const std::string& key, std::string& error) const {
  std::vector<std::pair<double, std::size_t>> entries;
  for (auto& x : parts->entries) {
    auto& name = x.settings.srv.empty() ? x.settings.address : x.settings.srv;
    entries.emplace_back(
      preference(key, name, x.settings.weight), entries.size());
  }
  std::ranges::stable_sort(
    entries, std::greater{}, [](auto& x) { return x.first; });
  std::vector<upstream_target> list;
  for (auto& [wanted, entry] : entries)
    std::ranges::move(targets_of(entry, key, error), std::back_inserter(list));
  return list;
}

// Streams are not for finding out whether an endpoint is back, unless there is
// no other, or we cannot look by ourselves. Then it comes first: a turn that is
// taken must be used.
endpoint_answer upstream_state::answer(const std::string& key) {
  std::string error;
  std::vector<upstream_target> healthy, down;
  for (auto& x : all_targets(key, error)) {
    auto is_down = health_of(x.endpoint).now() == endpoint_health::state::down;
    (is_down ? down : healthy).push_back(std::move(x));
  }
  auto list = std::make_shared<std::vector<upstream_target>>();
  for (auto& x : down) {
    auto& state = health_of(x.endpoint);
    auto wanted = healthy.empty() || (is_pattern() && list->empty());
    if (wanted && state.admit(now()))
      list->push_back(std::move(x));
    else
      error = x.endpoint + " is down: " + state.last_error();
  }
  std::ranges::move(healthy, std::back_inserter(*list));
  if (list->empty())
    return {nullptr, error.empty() ? "no endpoint" : error};
  return {std::move(list), {}};
}

// -- looking at endpoints -----------------------------------------------------

// At the start at all of them, later at those that are down and may be tried.
void upstream_state::look() {
  life.touch();
  refuse_overdue();
  if (is_pattern() || !next_look || now() < *next_look)
    return;
  ask_for_records();
  if (is_unknown()) {
    look_waits = true;
    return;
  }
  next_look.reset();
  std::string ignored;
  for (auto& target : all_targets({}, ignored)) {
    auto& state = health_of(target.endpoint);
    auto before = state.now();
    if (before != endpoint_health::state::up && state.admit(now()))
      probe(target, before == endpoint_health::state::down);
  }
  plan_look();
}

void upstream_state::probe(const upstream_target& target, bool again) {
  upstream_order order;
  order.wish.to = parts->environment->domain;
  order.stream_id = "probe";
  order.probe = true;
  order.again = again;
  order.targets = std::make_shared<const std::vector<upstream_target>>(
    std::vector<upstream_target>{target});
  self->spawn(upstream_link, session_actor{}, tracker_actor{},
    parts->environment, std::move(order));
}

void upstream_state::plan_look() {
  if (is_pattern())
    return;
  std::optional<clock::time_point> first;
  for (auto& [endpoint, state] : health)
    if (state.now() == endpoint_health::state::down)
      first = std::min(first.value_or(state.retry_at()), state.retry_at());
  if (!first)
    return;
  // What is not listed any more stays due.
  first = std::max(*first, now() + std::chrono::milliseconds{1});
  if (next_look && *next_look <= *first)
    return;
  next_look = first;
  self->delayed_send(self, *first - now(), upstream_probe{});
}

// -- health -------------------------------------------------------------------

endpoint_health& upstream_state::health_of(const std::string& endpoint) {
  auto& settings = parts->environment->settings;
  return health
    .try_emplace(endpoint, settings.max_failures, settings.retry_pause)
    .first->second;
}

void upstream_state::note(const endpoint_outcome& x) {
  life.touch();
  // It may be listed no more.
  auto known = health.find(x.endpoint);
  if (known == health.end())
    return;
  auto& state = known->second;
  auto& domain = parts->environment->domain;
  if (x.success) {
    if (state.succeeded())
      log_event(log_level::info, "upstream_endpoint_up",
        {{"domain", domain}, {"endpoint", x.endpoint}});
    return;
  }
  life.last_error = x.endpoint + ": " + x.detail;
  if (state.failed(now(), x.detail))
    log_event(log_level::error, "upstream_endpoint_down",
      {{"domain", domain}, {"endpoint", x.endpoint}, {"detail", x.detail}});
  plan_look();
}

// Streams go on; what is known of endpoints that are still listed stays.
void upstream_state::change(const upstream_changed& x) {
  life.touch();
  auto names = [](const upstream_parts& y) {
    std::vector<std::string> out;
    for (auto& entry : y.entries)
      out.push_back(entry.settings.srv);
    return out;
  };
  auto before = std::exchange(parts, x.parts);
  if (before->names != parts->names || names(*before) != names(*parts)) {
    found.clear();
    ++round;
  }
  auto& settings = parts->environment->settings;
  for (auto& [endpoint, state] : health)
    state.set_limits(settings.max_failures, settings.retry_pause);
  begin_entries();
  ask_for_records();
  if (!is_unknown()) {
    forget_unlisted();
    answer_waiting();
  }
  // Some may be new.
  next_look = now();
  look();
}

void upstream_state::begin_entries() {
  found.resize(parts->entries.size());
  for (auto& entry : parts->entries)
    if (entry.settings.srv.empty())
      health_of(entry.settings.address);
}

void upstream_state::warn(const upstream_warnings& x) {
  life.touch();
  for (auto& text : x.texts)
    if (warned.size() < max_warnings
        && warned.insert(x.endpoint + ' ' + text).second)
      log_event(log_level::warn, "upstream_warning",
        {{"domain", parts->environment->domain}, {"endpoint", x.endpoint},
          {"detail", text}});
}

actor_snapshot upstream_state::snapshot() const {
  auto x = life.snapshot(self);
  x.fields = {{"domain", parts->environment->domain}};
  std::size_t i = 0;
  for (auto& [endpoint, state] : health) {
    auto number = '.' + std::to_string(i++);
    x.fields.push_back({"endpoint" + number, endpoint});
    x.fields.push_back({"state" + number, std::string{to_string(state.now())}});
    x.fields.push_back({"streams" + number,
      std::to_string(parts->environment->load->streams(endpoint))});
    x.fields.push_back({"failures" + number, std::to_string(state.failures())});
    x.fields.push_back({"error" + number, state.last_error()});
    if (!state.last_error().empty())
      x.fields.push_back({"error_age" + number,
        std::to_string(
          std::chrono::floor<std::chrono::seconds>(now() - state.failed_at())
            .count())});
  }
  return x;
}

upstream_actor::behavior_type upstream(
  upstream_actor::stateful_pointer<upstream_state> self,
  std::shared_ptr<const upstream_parts> parts) {
  self->state.parts = std::move(parts);
  self->state.begin_entries();
  return {
    [self](const endpoint_query& x) { return self->state.find_endpoints(x); },
    [self](const endpoint_outcome& x) { self->state.note(x); },
    [self](const upstream_warnings& x) { self->state.warn(x); },
    [self](const srv_found& x) { self->state.take_records(x); },
    [self](upstream_probe) { self->state.look(); },
    [self](const upstream_changed& x) { self->state.change(x); },
    [self](stop_request) { self->quit(); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
