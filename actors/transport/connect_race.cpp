#include "actors/transport/connect_race.hpp"

#include "actors/transport/address_text.hpp"
#include "actors/transport/io_threads.hpp"
#include "actors/transport/proxy_protocol.hpp"
#include "actors/transport/server_identity.hpp"
#include "actors/transport/upstream_socket.hpp"
#include "actors/transport/written_call.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <netinet/tcp.h>
#include <utility>

namespace causeway {

namespace net = boost::asio;
using net::ip::tcp;

namespace {

using std::chrono::milliseconds;

/// A server that is gone without a word is noticed after a minute, whether it
/// owes an answer or not.
constexpr int keepalive_idle = 30;
constexpr int keepalive_interval = 10;
constexpr int keepalive_probes = 3;
constexpr int user_timeout_ms = 60'000;

/// How much longer than an address a whole target may hang before the next.
constexpr int target_patience = 4;

/// Who had as long as that to answer is to blame.
constexpr milliseconds fair_share{1'000};

void set_options(wire_socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay{true}, ignored);
  socket.set_option(net::socket_base::keep_alive{true}, ignored);
  auto set = [&](int option, int value) {
    ::setsockopt(
      socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  set(TCP_KEEPIDLE, keepalive_idle);
  set(TCP_KEEPINTVL, keepalive_interval);
  set(TCP_KEEPCNT, keepalive_probes);
  set(TCP_USER_TIMEOUT, user_timeout_ms);
}

std::string duration_text(milliseconds x) {
  if (x.count() % 1000 == 0)
    return std::to_string(x.count() / 1000) + " s";
  return std::to_string(x.count()) + " ms";
}

} // namespace

connect_race::connect_race(io_threads& threads, std::shared_ptr<resolver> names,
  connect_request request, std::function<void(connect_outcome)> done)
  : executor_{threads.this_context().get_executor()}, budget_{executor_},
    head_start_{executor_}, names_{std::move(names)}, plan_{std::exchange(
                                                        request.targets, {})},
    request_{std::move(request)}, done_{std::move(done)} {}

void connect_race::start() {
  net::post(executor_, [self = shared_from_this()] {
    if (self->over_)
      return;
    self->end_ = clock::now() + self->request_.budget;
    self->budget_.expires_at(self->end_);
    self->budget_.async_wait([self](error_code error) {
      if (!error && !self->over_)
        self->time_out();
    });
    self->advance();
  });
}

void connect_race::cancel() {
  cancelled_ = true;
  net::post(executor_, [self = shared_from_this()] {
    if (!self->over_)
      self->finish();
  });
}

void connect_race::advance(bool next) {
  if (over_ || line_)
    return;
  if (auto step = plan_.next_address()) {
    connect(std::move(*step));
    return;
  }
  auto may_resolve = next || attempts_.empty();
  if (auto target = may_resolve ? plan_.next_name() : std::nullopt)
    resolve(*target);
  else if (attempts_.empty() && plan_.exhausted())
    finish();
}

std::optional<milliseconds> connect_race::share() const {
  auto open = plan_.open_targets();
  if (open < 2)
    return std::nullopt;
  auto left = std::chrono::duration_cast<milliseconds>(end_ - clock::now());
  return std::max(left / static_cast<milliseconds::rep>(open), fair_share);
}

bool connect_race::is_fair(clock::time_point begun) const {
  return clock::now() - begun >= std::min(fair_share, request_.budget / 2);
}

void connect_race::wait(milliseconds time, std::function<void()> f) {
  head_start_.expires_after(time);
  head_start_.async_wait(
    [self = shared_from_this(), f = std::move(f)](error_code error) {
      if (!error && !self->over_)
        f();
    });
}

void connect_race::resolve(std::size_t target) {
  names_->find_host(plan_.target(target).host,
    [self = shared_from_this(), target](resolver::host_answer answer) {
      net::post(self->executor_, [self, target, answer = std::move(answer)] {
        // It may have come too late.
        if (self->over_ || self->plan_.resolving() != target)
          return;
        if (answer)
          self->plan_.resolved(*answer);
        else
          self->plan_.unresolved(answer.error().detail);
        self->advance(true);
      });
    });
  if (auto time = share())
    wait(*time, [this, target, time] {
      if (plan_.resolving() != target)
        return;
      plan_.unresolved("no answer within " + duration_text(*time));
      advance(true);
    });
}

void connect_race::connect(connect_step step) {
  error_code error;
  auto address = net::ip::make_address(step.address, error);
  auto port = plan_.target(step.target).port;
  auto begun = std::make_shared<attempt>(std::move(step), executor_);
  attempts_.push_back(begun);
  tcp::endpoint to{address, port};
  if (!error)
    begun->socket.open(to.protocol(), error);
  if (error) {
    net::post(executor_, [self = shared_from_this(), begun, error] {
      self->connected(begun, error);
    });
    return;
  }
  set_options(begun->socket);
  begun->socket.async_connect(
    to, [self = shared_from_this(), begun](
          error_code result) { self->connected(begun, result); });
  give_head_start();
}

// RFC 2782: another target is for when this one cannot be reached.
void connect_race::give_head_start() {
  auto delay = request_.attempt_delay;
  if (!plan_.has_address())
    delay = std::max(delay * target_patience, fair_share);
  wait(delay, [this] { advance(true); });
}

void connect_race::connected(
  const std::shared_ptr<attempt>& x, error_code error) {
  // Those that were stopped are not in the list any more.
  if (over_ || std::erase(attempts_, x) == 0)
    return;
  if (!error) {
    auto local = x->socket.local_endpoint(error);
    // TCP can connect a port to itself where nobody listens.
    if (!error && local == x->socket.remote_endpoint(error))
      error = net::error::connection_refused;
  }
  if (!error) {
    reached(*x);
    return;
  }
  plan_.failed(x->step, error.message());
  // While others are under way, or a name is, the clock goes on.
  auto busy = !attempts_.empty() || plan_.resolving();
  if (busy && !plan_.has_address())
    return;
  head_start_.cancel();
  advance();
}

void connect_race::stop_attempts() {
  head_start_.cancel();
  for (auto& x : attempts_) {
    error_code ignored;
    x->socket.close(ignored);
  }
  attempts_.clear();
}

void connect_race::reached(attempt& x) {
  // Backwards, since each goes to the front.
  for (auto i = attempts_.rbegin(); i != attempts_.rend(); ++i)
    plan_.postpone((*i)->step);
  stop_attempts();
  error_code ignored;
  auto remote = x.socket.remote_endpoint(ignored);
  outcome_.address = to_text(remote);
  outcome_.loopback = remote.address().is_loopback();
  target_ = x.step.target;
  reached_at_ = clock::now();
  auto& target = plan_.target(target_);
  line_ = std::make_shared<wire>(std::move(x.socket), nullptr, framing::none);
  auto header = proxy_header(target.proxy, request_.client, request_.server);
  auto direct = target.mode == config::upstream_tls::direct;
  if (!header.empty()) {
    auto on_written = [self = shared_from_this(), line = line_, direct](
                        bool success) {
      if (!direct || self->over_ || self->line_ != line)
        return;
      if (success)
        self->shake_hands();
      else
        self->tls_done("the server closed the connection before TLS");
    };
    line_->write_raw(
      header, std::make_unique<written_call>(executor_, std::move(on_written)));
  } else if (direct) {
    shake_hands();
  }
  if (!direct)
    succeed();
}

void connect_race::shake_hands() {
  auto server = std::make_shared<server_identity>(
    plan_.target(target_).tls, request_.domain, server_identity::start::direct);
  line_->connect_tls(
    std::move(server), [self = shared_from_this(), line = line_.get()](
                         const std::string& failure) {
      if (self->line_.get() == line)
        self->tls_done(failure);
    });
  if (auto time = share())
    wait(*time, [this, time, line = line_.get()] {
      if (line_.get() == line)
        give_up_line("no answer within " + duration_text(*time));
    });
}

void connect_race::tls_done(const std::string& failure) {
  if (over_)
    return;
  if (failure.empty()) {
    outcome_.secure = true;
    succeed();
    return;
  }
  give_up_line(failure);
}

void connect_race::give_up_line(const std::string& why) {
  head_start_.cancel();
  std::exchange(line_, nullptr)->close();
  plan_.tls_failed(target_, why, true);
  advance();
}

void connect_race::succeed() {
  auto& target = plan_.target(target_);
  outcome_.target = target;
  outcome_.socket =
    std::make_shared<upstream_socket>(std::exchange(line_, nullptr),
      outcome_.secure ? nullptr : target.tls, request_.domain);
  finish();
}

void connect_race::time_out() {
  auto why = "timed out after " + duration_text(request_.budget);
  for (auto& x : attempts_)
    if (is_fair(x->begun))
      plan_.overdue(x->step);
  if (line_)
    plan_.tls_failed(target_, why, is_fair(reached_at_));
  plan_.time_out(why);
  finish();
}

void connect_race::finish() {
  over_ = true;
  budget_.cancel();
  stop_attempts();
  if (line_)
    std::exchange(line_, nullptr)->close();
  names_ = nullptr;
  outcome_.failures = plan_.failures();
  auto done = std::exchange(done_, nullptr);
  auto outcome = std::exchange(outcome_, {});
  if (!cancelled_)
    done(std::move(outcome));
}

} // namespace causeway
