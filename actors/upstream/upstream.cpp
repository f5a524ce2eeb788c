#include "actors/upstream/upstream.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/upstream/srv_order.hpp"
#include "actors/upstream/upstream_link.hpp"
#include "config/address.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

namespace causeway {

namespace {

/// How long an answer of DNS is kept, whatever it says of itself; the first
/// also where there was none.
constexpr std::chrono::seconds shortest_life{5};
constexpr std::chrono::seconds longest_life{3600};

/// When DNS is asked again that did not answer.
constexpr std::chrono::seconds retry_after{5};

/// Where a name without SRV records is served (RFC 6120 section 3.2.2).
constexpr std::uint16_t default_port = 5222;

std::chrono::seconds lifetime_of(const upstream_state::records& x) {
  auto life = longest_life;
  for (auto* list : {&x.direct, &x.starttls})
    for (auto& record : *list)
      life = std::min(life, std::chrono::seconds{record.ttl});
  return std::max(life, shortest_life);
}

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

/// A service name of RFC 6120 section 3.2.1 or XEP-0368.
std::string service(std::string_view protocol, const std::string& name) {
  return "_" + std::string{protocol} + "._tcp." + name;
}

} // namespace

// -- SRV ----------------------------------------------------------------------

bool upstream_state::ask_for_records() {
  auto asked = false;
  auto now = clock::now();
  for (std::size_t i = 0; i < parts->entries.size(); ++i) {
    auto& name = parts->entries[i].settings.srv;
    auto& x = found[i];
    if (name.empty() || (!x.asked && now < x.expires))
      continue;
    asked = true;
    if (std::exchange(x.asked, true))
      continue;
    ask_for_records_of(i);
  }
  return asked;
}

// One question after the other: they share what they find.
void upstream_state::ask_for_records_of(std::size_t entry) {
  auto& name = parts->entries[entry].settings.srv;
  auto tell = [me = caf::actor_cast<caf::actor_addr>(self), entry](
                std::shared_ptr<srv_answer> direct, srv_answer starttls) {
    if (auto strong = caf::actor_cast<upstream_actor>(me))
      caf::anon_send(
        strong, srv_found{entry, std::move(direct),
                  std::make_shared<srv_answer>(std::move(starttls))});
  };
  // Weak: the resolver must not hold itself.
  parts->names->find_srv(service("xmpps-client", name),
    [names = std::weak_ptr{parts->names}, name, tell](srv_answer x) {
      auto direct = std::make_shared<srv_answer>(std::move(x));
      auto strong = names.lock();
      if (!strong) {
        tell(direct, dns_error{false, "the resolver has ended"});
        return;
      }
      strong->find_srv(service("xmpp-client", name),
        [direct, tell](srv_answer y) { tell(direct, std::move(y)); });
    });
}

void upstream_state::take_records(const srv_found& x) {
  life.touch();
  auto& into = found[x.entry];
  auto& name = parts->entries[x.entry].settings.srv;
  into.asked = false;
  into.error.clear();
  auto broken = !*x.direct && !x.direct->error().absent       ? x.direct.get()
                : !*x.starttls && !x.starttls->error().absent ? x.starttls.get()
                                                              : nullptr;
  if (broken) {
    // What was known before is better than nothing.
    into.error = "DNS for " + name + ": " + broken->error().detail;
    into.expires = clock::now() + retry_after;
    log_event(log_level::warn, "upstream_dns_failed",
      {{"domain", parts->environment->domain}, {"name", name},
        {"detail", broken->error().detail}});
  } else {
    into.direct = *x.direct ? std::move(**x.direct) : std::vector<srv_record>{};
    into.starttls =
      *x.starttls ? std::move(**x.starttls) : std::vector<srv_record>{};
    into.known = true;
    into.expires = clock::now() + lifetime_of(into);
  }
  if (is_waiting())
    return;
  auto ready = std::exchange(waiting, {});
  for (auto& y : ready)
    y.deliver(answer());
  if (std::exchange(probe_waits, false))
    probe();
}

bool upstream_state::is_waiting() const {
  return std::any_of(
    found.begin(), found.end(), [](auto& x) { return x.asked; });
}

// -- where streams go ---------------------------------------------------------

caf::result<endpoint_answer> upstream_state::find_endpoints() {
  life.touch();
  if (!ask_for_records())
    return answer();
  auto later = self->make_response_promise<endpoint_answer>();
  waiting.push_back(later);
  return later;
}

std::vector<upstream_target> upstream_state::targets_of(
  std::size_t entry, std::string& error) const {
  auto& x = parts->entries[entry];
  if (x.settings.srv.empty())
    return {target_of(x)};
  auto& records = found[entry];
  if (!records.error.empty())
    error = records.error;
  if (!records.known)
    return {};
  auto ordered = order_srv(records.direct, records.starttls, parts->draw);
  if (!ordered) {
    error = "DNS says that " + x.settings.srv + " has no XMPP server";
    return {};
  }
  if (ordered->empty())
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

// Entries by weight; those of weight 0 come last, as a reserve.
endpoint_answer upstream_state::answer() {
  std::vector<std::size_t> entries(parts->entries.size());
  std::iota(entries.begin(), entries.end(), std::size_t{0});
  auto list = std::make_shared<std::vector<upstream_target>>();
  std::string error;
  auto now = clock::now();
  while (!entries.empty()) {
    std::uint32_t total = 0;
    for (auto i : entries)
      total += parts->entries[i].settings.weight;
    auto pick = total > 0 ? parts->draw(total) : 0;
    auto chosen = entries.begin();
    while (total > 0 && pick >= parts->entries[*chosen].settings.weight)
      pick -= parts->entries[*chosen++].settings.weight;
    for (auto& x : targets_of(*chosen, error)) {
      auto& state = health_of(x.endpoint);
      if (state.admit(now))
        list->push_back(x);
      else
        error = x.endpoint + " is down: " + state.last_error();
    }
    entries.erase(chosen);
  }
  if (list->empty())
    return {nullptr, error.empty() ? "no endpoint" : error};
  return {std::move(list), {}};
}

// -- the look at the start ----------------------------------------------------

void upstream_state::probe() {
  life.touch();
  auto& domain = parts->environment->domain;
  // A pattern names no domain that could be asked for.
  if (domain.front() == '*')
    return;
  if (ask_for_records()) {
    probe_waits = true;
    return;
  }
  auto found_now = answer();
  if (!found_now.targets)
    return;
  for (auto& target : *found_now.targets) {
    upstream_order order;
    order.wish.to = domain;
    order.stream_id = "probe";
    order.probe = true;
    order.targets = std::make_shared<const std::vector<upstream_target>>(
      std::vector<upstream_target>{target});
    self->spawn(upstream_link, session_actor{}, tracker_actor{},
      parts->environment, std::move(order));
  }
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
  auto& state = health_of(x.endpoint);
  auto& domain = parts->environment->domain;
  if (x.success) {
    if (state.succeeded())
      log_event(log_level::info, "upstream_endpoint_up",
        {{"domain", domain}, {"endpoint", x.endpoint}});
    return;
  }
  life.last_error = x.endpoint + ": " + x.detail;
  if (state.failed(clock::now(), x.detail))
    log_event(log_level::error, "upstream_endpoint_down",
      {{"domain", domain}, {"endpoint", x.endpoint}, {"detail", x.detail}});
}

void upstream_state::warn(const upstream_warnings& x) {
  life.touch();
  for (auto& text : x.texts)
    if (warned.insert(x.endpoint + ' ' + text).second)
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
  }
  return x;
}

upstream_actor::behavior_type upstream(
  upstream_actor::stateful_pointer<upstream_state> self,
  std::shared_ptr<const upstream_parts> parts) {
  auto& state = self->state;
  state.parts = std::move(parts);
  state.found.resize(state.parts->entries.size());
  for (auto& entry : state.parts->entries)
    if (entry.settings.srv.empty())
      state.health_of(entry.settings.address);
  return {
    [self](endpoint_query) { return self->state.find_endpoints(); },
    [self](const endpoint_outcome& x) { self->state.note(x); },
    [self](const upstream_warnings& x) { self->state.warn(x); },
    [self](const srv_found& x) { self->state.take_records(x); },
    [self](upstream_probe) { self->state.probe(); },
    [self](stop_request) { self->quit(); },
    [self](inspect_request) { return self->state.snapshot(); },
  };
}

} // namespace causeway
