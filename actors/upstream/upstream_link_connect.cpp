/// The half of `upstream_link` that looks for an endpoint, connects to it and
/// gives it up for another; requirements G-42 and G-46.
#include "actors/inspect/event_log.hpp"
#include "actors/upstream/endpoint_choice.hpp"
#include "actors/upstream/upstream_link.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <utility>

namespace causeway {

namespace {

using clock = endpoint_search::clock;

/// Stream errors that say nothing about what the client asked for: another
/// endpoint of the same domain may do better.
bool is_trouble_of_its_own(std::string_view condition) {
  using protocol::stream_error;
  static constexpr stream_error list[] = {stream_error::internal_server_error,
    stream_error::remote_connection_failed, stream_error::reset,
    stream_error::resource_constraint, stream_error::system_shutdown};
  return std::ranges::any_of(
    list, [&](auto x) { return to_string(x) == condition; });
}

} // namespace

void upstream_link_state::start(upstream_order x) {
  order = std::move(x);
  stream = protocol::upstream_stream{order.wish, true};
  search = endpoint_search{clock::now(), environment->settings.connect_timeout};
  if (order.targets) {
    search.offer(*order.targets);
    connect(search.left());
    return;
  }
  ask_for_targets();
}

// Without a timeout, which would stay in CAF's clock: the upstream actor
// answers in time. What it owes when it dies, nobody answers.
void upstream_link_state::ask_for_targets() {
  auto servers = environment->servers->get();
  if (!servers) {
    lose(failure::unreachable, "the upstream actor has died");
    return;
  }
  asking = true;
  self->monitor(servers);
  std::string_view client;
  if (!order.behind_proxy)
    client = order.client;
  endpoint_query query{choice_key(order.wish, client, order.stream_id)};
  self->request(servers, caf::infinite, std::move(query))
    .then(
      [this, servers](const endpoint_answer& y) {
        asking = false;
        self->demonitor(servers.address());
        if (ended)
          return;
        if (!y.targets) {
          lose(failure::unreachable, y.error);
          return;
        }
        search.offer(*y.targets);
        connect(search.left());
      },
      [this](const caf::error&) {
        lose(failure::unreachable, "the upstream actor has died");
      });
}

void upstream_link_state::down(const caf::down_msg& x) {
  if (!owner || x.source == owner.address())
    stop();
  else if (asking)
    lose(failure::unreachable, "the upstream actor has died");
}

void upstream_link_state::connect(std::vector<upstream_target> targets) {
  under_way = std::move(targets);
  connect_request request;
  request.targets = under_way;
  request.domain = order.wish.to;
  request.client = order.client;
  request.server = order.server;
  request.budget = search.rest(clock::now());
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
  for (auto& y : x.failures) {
    search.tried(y.endpoint);
    auto of =
      std::ranges::find(under_way, y.endpoint, &upstream_target::endpoint);
    auto chosen = y.tls && of != under_way.end() && is_chosen_by_client(*of);
    blame(y.endpoint, y.detail, y.counts && !chosen);
  }
  if (!x.socket) {
    // Behind an endpoint that is not ours, ours are left.
    if (away && try_rest())
      return;
    auto* last = x.failures.empty() ? nullptr : &x.failures.back();
    target.endpoint = last ? last->endpoint : "";
    lose(last && last->tls ? failure::tls : failure::unreachable,
      last ? last->endpoint + ": " + last->detail : "no address to connect to");
    return;
  }
  socket = std::move(x.socket);
  target = std::move(x.target);
  address = std::move(x.address);
  loopback = x.loopback;
  search.tried(target.endpoint);
  lease = environment->load->take(target.endpoint);
  begin_stream(x.secure);
}

void upstream_link_state::begin_stream(bool secure) {
  auto require_tls = target.mode != config::upstream_tls::none;
  stream = protocol::upstream_stream{order.wish, require_tls};
  framer =
    protocol::xml_framer{protocol::xml_framer::mode::stream, environment->xml};
  given = search.share(clock::now());
  socket->start(self, environment->settings.read_window);
  socket->set_deadline(given);
  act(protocol::upstream_connected{secure});
  settle_failure();
}

bool upstream_link_state::is_chosen_by_client(const upstream_target& x) const {
  return environment->domain.front() == '*' && x.tls && x.tls->name.empty();
}

bool upstream_link_state::try_next(failure cause, const std::string& detail) {
  if (opened)
    return false;
  auto answered = cause == failure::stream_error || cause == failure::closed;
  if (answered && !is_trouble_of_its_own(detail)) {
    // Whatever it thinks of what the client wants, it is up.
    report(target.endpoint, true, {});
    return false;
  }
  auto chosen = cause == failure::tls && is_chosen_by_client(target);
  blame(target.endpoint, detail,
    !answered && !chosen && cause != failure::redirected);
  return try_rest();
}

bool upstream_link_state::try_rest() {
  if (search.left().empty() || search.is_over(clock::now()))
    return false;
  away = false;
  reconnect(search.left());
  return true;
}

// What the old connection has sent and not yet told must not be taken for the
// new one's: that begins after the last word of the old.
void upstream_link_state::reconnect(std::vector<upstream_target> targets) {
  lease = nullptr;
  if (!socket) {
    connect(std::move(targets));
    return;
  }
  under_way = std::move(targets);
  reconnecting = true;
  std::exchange(socket, nullptr)->abort();
}

void upstream_link_state::deadline() {
  life.touch();
  if (ended || !socket)
    return;
  if (opened) {
    check_hearing();
    return;
  }
  auto why =
    "no stream features within " + std::to_string(given.count()) + " ms";
  blame(target.endpoint, why, search.is_fair(given));
  if (!try_rest())
    lose(failure::unreachable, target.endpoint + ": " + why);
}

bool upstream_link_state::redirect(protocol::upstream_fail& x) {
  auto to = search.follow(target, x.see_other_host);
  if (!to) {
    x.detail = to.error().reason;
    return false;
  }
  report(target.endpoint, true, {});
  environment->count->add(counter::upstream_redirected);
  log_event(log_level::info, "upstream_redirected",
    {{"sid", order.stream_id}, {"domain", order.wish.to},
      {"endpoint", target.endpoint}, {"to", x.see_other_host}});
  away = true;
  reconnect({std::move(*to)});
  return true;
}

void upstream_link_state::blame(
  const std::string& endpoint, const std::string& detail, bool counts) {
  log_event(order.again ? log_level::debug : log_level::info,
    "upstream_attempt_failed",
    {{"sid", order.stream_id}, {"domain", order.wish.to},
      {"endpoint", endpoint}, {"detail", detail}});
  if (counts)
    report(endpoint, false, detail);
}

void upstream_link_state::report(
  std::string endpoint, bool success, std::string detail) {
  // Health is kept for endpoints of the configuration and of DNS alone.
  if (!away)
    self->send(environment->servers->get(),
      endpoint_outcome{std::move(endpoint), success, std::move(detail)});
}

} // namespace causeway
