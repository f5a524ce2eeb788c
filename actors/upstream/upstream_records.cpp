/// The half of `upstream` that asks for SRV records, and the streams that wait
/// for them.
#include "actors/inspect/event_log.hpp"
#include "actors/upstream/upstream.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace causeway {

namespace {

/// A service name of RFC 6120 section 3.2.1 or XEP-0368.
std::string service(std::string_view protocol, const std::string& name) {
  return "_" + std::string{protocol} + "._tcp." + name;
}

} // namespace

void upstream_state::ask_for_records() {
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (parts->entries[i].settings.srv.empty())
      continue;
    if (found[i].direct.is_due(now()))
      ask(i, true);
    if (found[i].starttls.is_due(now()))
      ask(i, false);
  }
}

void upstream_state::ask(std::size_t entry, bool direct) {
  auto& x = direct ? found[entry].direct : found[entry].starttls;
  x.ask();
  auto& name = parts->entries[entry].settings.srv;
  parts->names->find_srv(service(direct ? "xmpps-client" : "xmpp-client", name),
    [me = caf::actor_cast<caf::actor_addr>(self), round = round, entry, direct](
      srv_answer y) {
      auto found = std::make_shared<srv_answer>(std::move(y));
      if (auto strong = caf::actor_cast<upstream_actor>(me))
        caf::anon_send(strong, direct
                                 ? srv_found{round, entry, found, nullptr}
                                 : srv_found{round, entry, nullptr, found});
    });
}

void upstream_state::take_records(const srv_found& x) {
  life.touch();
  if (x.round != round)
    return;
  auto& answer = x.direct ? *x.direct : *x.starttls;
  auto& into = x.direct ? found[x.entry].direct : found[x.entry].starttls;
  into.take(answer, now());
  if (!into.error().empty())
    log_event(log_level::warn, "upstream_dns_failed",
      {{"domain", parts->environment->domain},
        {"name", parts->entries[x.entry].settings.srv},
        {"detail", into.error()}});
  forget_unlisted();
  if (is_unknown())
    return;
  answer_waiting();
  if (std::exchange(look_waits, false))
    look();
}

bool upstream_state::is_unknown() const {
  auto is_open = [](auto& x) { return x.is_asked() && !x.is_known(); };
  return std::ranges::any_of(
    found, [&](auto& x) { return is_open(x.direct) || is_open(x.starttls); });
}

bool upstream_state::is_new() const {
  return std::ranges::any_of(
    found, [](auto& x) { return x.direct.is_new() || x.starttls.is_new(); });
}

void upstream_state::answer_waiting() {
  for (auto& x : std::exchange(waiting, {}))
    x.answer.deliver(answer(x.key));
}

// One timer for all of them: DNS may take longer than a stream may wait.
void upstream_state::refuse_overdue() {
  auto first =
    std::ranges::find_if(waiting, [this](auto& x) { return x.until > now(); });
  for (auto i = waiting.begin(); i != first; ++i)
    i->answer.deliver(endpoint_answer{nullptr, "DNS does not answer in time"});
  waiting.erase(waiting.begin(), first);
  if (!waiting.empty())
    self->delayed_send(self, waiting.front().until - now(), upstream_probe{});
}

void upstream_state::forget_unlisted() {
  std::set<std::string> listed;
  std::string ignored;
  for (auto& x : all_targets({}, ignored))
    listed.insert(x.endpoint);
  std::erase_if(health, [&](auto& x) {
    return !listed.contains(x.first)
           && parts->environment->load->streams(x.first) == 0;
  });
}

// What is known is used, and refreshed behind: only who comes first waits, or
// where nothing is known that could be used.
caf::result<endpoint_answer> upstream_state::find_endpoints(
  const endpoint_query& query) {
  life.touch();
  ask_for_records();
  if (!is_new()) {
    auto x = answer(query.key);
    if (x.targets || !is_unknown())
      return x;
  }
  auto patience = parts->environment->settings.connect_timeout;
  if (waiting.empty())
    self->delayed_send(self, patience, upstream_probe{});
  auto later = self->make_response_promise<endpoint_answer>();
  waiting.push_back({later, query.key, now() + patience});
  return later;
}

} // namespace causeway
