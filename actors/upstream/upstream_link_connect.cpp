/// The half of `upstream_link` that looks for an endpoint, connects to it and
/// gives it up for another; requirements G-42 and G-46.
#include "actors/inspect/event_log.hpp"
#include "actors/upstream/redirection.hpp"
#include "actors/upstream/upstream_link.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

/// RFC 6120 section 4.9.3.19 asks for a bound.
constexpr std::uint32_t max_hops = 3;

using clock = std::chrono::steady_clock;

} // namespace

void upstream_link_state::start(upstream_order x) {
  order = std::move(x);
  stream = protocol::upstream_stream{order.wish, true};
  deadline_at = clock::now() + environment->settings.connect_timeout;
  if (order.targets) {
    targets = *order.targets;
    connect();
    return;
  }
  self->request(environment->servers->get(), caf::infinite, endpoint_query{})
    .then(
      [this](const endpoint_answer& y) {
        if (!y.targets) {
          lose(failure::unreachable, y.error);
          return;
        }
        targets = *y.targets;
        connect();
      },
      [this](const caf::error&) {
        lose(failure::unreachable, "the upstream actor has died");
      });
}

std::chrono::milliseconds upstream_link_state::budget() const {
  auto left =
    std::chrono::ceil<std::chrono::milliseconds>(deadline_at - clock::now());
  return std::max(left, std::chrono::milliseconds{1});
}

void upstream_link_state::connect() {
  connect_request request;
  request.targets = targets;
  request.domain = order.wish.to;
  request.client = order.client;
  request.server = order.server;
  request.budget = budget();
  request.attempt_delay = environment->settings.attempt_delay;
  // Holds the link, of which a probe has no other owner, until it is over.
  attempt = environment->connect(
    std::move(request), [me = upstream_link_actor{self}](connect_outcome x) {
      caf::anon_send(
        me, connect_done{std::make_shared<connect_outcome>(std::move(x))});
    });
}

void upstream_link_state::connected(connect_outcome& x) {
  life.touch();
  attempt = nullptr;
  if (ended)
    return;
  for (auto& y : x.failures)
    report(y.endpoint, false, y.detail);
  if (!x.socket) {
    auto tls = !x.failures.empty() && x.failures.back().tls;
    lose(tls ? failure::tls : failure::unreachable,
      x.failures.empty()
        ? "no address to connect to"
        : x.failures.back().endpoint + ": " + x.failures.back().detail);
    return;
  }
  socket = std::move(x.socket);
  target = std::move(x.target);
  address = std::move(x.address);
  loopback = x.loopback;
  lease = environment->load->take(target.endpoint);
  auto require_tls = target.mode != config::upstream_tls::none;
  stream = protocol::upstream_stream{order.wish, require_tls};
  framer =
    protocol::xml_framer{protocol::xml_framer::mode::stream, environment->xml};
  starting_tls = false;
  socket->start(self, environment->settings.read_window);
  socket->set_deadline(budget());
  act(protocol::upstream_connected{x.secure});
  settle_failure();
}

bool upstream_link_state::try_next(const std::string& why) {
  if (opened)
    return false;
  report(target.endpoint, false, why);
  auto used = std::find_if(targets.begin(), targets.end(),
    [this](auto& x) { return x.endpoint == target.endpoint; });
  if (used != targets.end())
    targets.erase(targets.begin(), used + 1);
  if (targets.empty() || clock::now() >= deadline_at)
    return false;
  reconnect();
  return true;
}

// What the old connection has sent and not yet told must not be taken for the
// new one's: that begins after the last word of the old.
void upstream_link_state::reconnect() {
  lease = nullptr;
  starting_tls = false;
  if (!socket) {
    connect();
    return;
  }
  reconnecting = true;
  std::exchange(socket, nullptr)->abort();
}

void upstream_link_state::deadline() {
  life.touch();
  if (ended || opened || !socket)
    return;
  auto seconds = environment->settings.connect_timeout.count() / 1000.0;
  auto why = "no stream features within "
             + std::to_string(static_cast<int>(seconds + 0.5)) + " s";
  report(target.endpoint, false, why);
  lose(failure::unreachable, target.endpoint + ": " + why);
}

bool upstream_link_state::redirect(const protocol::upstream_fail& x) {
  auto to = parse_redirection(x.see_other_host);
  if (!to || ++hops > max_hops)
    return false;
  environment->count->add(counter::upstream_redirected);
  log_event(log_level::info, "upstream_redirected",
    {{"sid", order.stream_id}, {"domain", order.wish.to},
      {"endpoint", target.endpoint}, {"to", x.see_other_host}});
  auto next = target;
  next.endpoint = x.see_other_host;
  next.host = to->host;
  if (to->port != 0)
    next.port = to->port;
  targets = {std::move(next)};
  reconnect();
  return true;
}

void upstream_link_state::report(
  std::string endpoint, bool success, std::string detail) {
  self->send(environment->servers->get(),
    endpoint_outcome{std::move(endpoint), success, std::move(detail)});
}

} // namespace causeway
