/// The phases of a run.
#include "tools/load/workload.hpp"

#include <algorithm>
#include <cstdio>

namespace causeway::load {

namespace {

using namespace std::chrono_literals;

// A closed loop runs by itself; the tick only ends phases.
constexpr auto slow_tick = 20ms;
constexpr auto fast_tick = 1ms;
constexpr auto progress_interval = 5s;
constexpr auto reconnect_delay = 200ms;
constexpr std::size_t max_reasons = 20;
constexpr double close_seconds = 3;

double seconds(std::chrono::steady_clock::duration x) {
  return std::chrono::duration<double>{x}.count();
}

const char* name_of(int phase) {
  static constexpr const char* names[] = {"logging in", "settling",
    "warming up", "measuring", "waiting for messages", "waiting for acks",
    "closing", "done"};
  return names[phase];
}

} // namespace

workload::workload(boost::asio::io_context& io, const options& opts,
  const server_address& server)
  : io_{io}, options_{opts},
    clients_(opts.sessions), logins_{opts, clients_}, traffic_{opts, clients_},
    server_stats_{opts.server_pids, opts.server_tree}, timer_{io} {
  for (std::uint32_t i = 0; i < opts.sessions; ++i) {
    credentials who{opts.domain, opts.username(i), opts.password,
      opts.mechanism, opts.stream_management, opts.resumable};
    clients_[i] =
      std::make_unique<xmpp_client>(io, server, *this, std::move(who), i);
    clients_[i]->ack_every(opts.ack_every);
    logins_.add(i, began_);
  }
}

report workload::run() {
  report_.memory_before = server_stats_.memory();
  cpu_before_ = server_stats_.cpu();
  tick();
  while (phase_ != phase::done && io_.run_one() != 0) {
  }
  report_.messages = traffic_.counts();
  report_.odd = traffic_.odd();
  report_.held_back = traffic_.held_back();
  for (auto& x : clients_) {
    report_.acks.acks += x->ack_totals().acks;
    report_.acks.answered += x->ack_totals().answered;
    report_.acks.wrong += x->ack_totals().wrong;
  }
  return report_;
}

void workload::on_ready(xmpp_client& x) {
  logins_.succeeded(x);
  last_login_ = clock::now();
  if (options_.presence)
    x.send_presence();
  if (phase_ != phase::logging_in) {
    ++report_.reconnects;
    traffic_.note_break(x);
  }
  logins_.run();
}

void workload::on_message(
  xmpp_client& x, const tag_view& tag, std::string_view text) {
  traffic_.receive(x, tag, text);
}

void workload::on_end(
  xmpp_client& x, bool at_login, const std::string& reason) {
  if (phase_ >= phase::closing)
    return;
  note_reason(reason);
  if (at_login)
    logins_.failed();
  else
    ++report_.broken;
  if (!options_.reconnect) {
    if (at_login)
      give_up(reason);
    return;
  }
  traffic_.note_break(x);
  logins_.add(x.index(), clock::now() + reconnect_delay);
}

void workload::schedule_tick() {
  timer_.expires_after(options_.open_loop ? fast_tick : slow_tick);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec)
      tick();
  });
}

void workload::tick() {
  if (phase_ < phase::closing) {
    logins_.run();
    check_clients();
  }
  traffic_.send_due();
  show_progress();
  advance();
  if (phase_ != phase::done)
    schedule_tick();
}

void workload::advance() {
  switch (phase_) {
  case phase::logging_in:
    if (logins_.done())
      end_logins();
    else if (interrupted_)
      give_up("interrupted");
    break;
  case phase::settling:
    if (in_phase() < options_.settle)
      break;
    report_.memory_after = server_stats_.memory();
    // A number of messages is measured from the first one on.
    enter(options_.idle || options_.messages != 0 ? phase::measuring
                                                  : phase::warming_up);
    break;
  case phase::warming_up:
    if (in_phase() >= options_.warmup)
      enter(phase::measuring);
    break;
  case phase::measuring:
    if (interrupted_ || measured_enough())
      enter(phase::draining);
    break;
  case phase::draining:
    if (traffic_.counts().lost() == 0 || (all_broken_ && !options_.reconnect)
        || seconds(clock::now() - traffic_.last_delivery())
             >= std::min(options_.timeout, 10.))
      enter(phase::acking);
    break;
  case phase::acking:
    if (all_acked() || in_phase() >= options_.timeout)
      enter(phase::closing);
    else
      request_acks();
    break;
  case phase::closing:
    if (in_phase() >= close_seconds
        || std::ranges::all_of(clients_,
          [](auto& x) { return x->now() == xmpp_client::state::idle; }))
      enter(phase::done);
    break;
  case phase::done: break;
  }
}

void workload::enter(phase x) {
  auto from = phase_;
  phase_ = x;
  phase_began_ = clock::now();
  switch (x) {
  case phase::warming_up: traffic_.start(); break;
  case phase::measuring: begin_measuring(); break;
  case phase::draining: traffic_.stop(); break;
  case phase::acking:
    // With a number of messages the last ones belong to the measure.
    if (options_.messages != 0)
      end_measuring();
    break;
  case phase::closing: close_all(); break;
  case phase::done:
    for (auto& client : clients_)
      client->drop();
    break;
  case phase::logging_in:
  case phase::settling: break;
  }
  if (from == phase::measuring && options_.messages == 0)
    end_measuring();
}

void workload::end_logins() {
  auto& durations = logins_.durations();
  report_.logins = durations.count();
  report_.login_seconds = seconds(clock::now() - began_);
  report_.login_p50_ms = durations.percentile(.5);
  report_.login_p99_ms = durations.percentile(.99);
  report_.login_max_ms = durations.max();
  report_.login_cpu = total(used_between(cpu_before_, server_stats_.cpu()));
  enter(phase::settling);
}

void workload::begin_measuring() {
  measuring_began_ = clock::now();
  traffic_.latency().clear();
  delivered_before_ = traffic_.delivered();
  own_before_ = own_cpu();
  cpu_before_ = server_stats_.cpu();
  if (options_.messages != 0 && !options_.idle)
    traffic_.start();
}

void workload::end_measuring() {
  auto& latency = traffic_.latency();
  report_.cpu_of = used_between(cpu_before_, server_stats_.cpu());
  report_.server_cpu = total(report_.cpu_of);
  report_.own_cpu = own_cpu() - own_before_;
  report_.measured = traffic_.delivered() - delivered_before_;
  auto end = options_.messages != 0 && report_.measured != 0
               ? traffic_.last_delivery()
               : clock::now();
  report_.seconds = seconds(end - measuring_began_);
  report_.latency_p50_ms = latency.percentile(.5);
  report_.latency_p90_ms = latency.percentile(.9);
  report_.latency_p99_ms = latency.percentile(.99);
  report_.latency_max_ms = latency.max();
}

void workload::check_clients() {
  auto now = clock::now();
  if (now < next_check_)
    return;
  next_check_ = now + 200ms;
  traffic_.revive_broken();
  all_broken_ = ready_clients() == 0;
  // A server that says nothing must not hold the run for ever.
  auto limit = std::chrono::duration<double>{options_.timeout};
  if (phase_ == phase::logging_in && now - last_login_ > limit + 1s)
    give_up("no login has succeeded for a while");
  for (auto& x : clients_) {
    if (x->now() == xmpp_client::state::logging_in
        && now - x->connected_at() > limit)
      x->fail("login timed out");
  }
}

bool workload::measured_enough() const {
  if (all_broken_ && !options_.reconnect)
    return true;
  if (options_.messages == 0)
    return in_phase() >= options_.duration;
  return traffic_.all_sent()
         || seconds(clock::now() - traffic_.last_delivery())
              >= options_.timeout;
}

bool workload::all_acked() const {
  return !options_.stream_management
         || std::ranges::all_of(clients_,
           [](auto& x) { return !x->ready() || x->acks().unacked() == 0; });
}

void workload::request_acks() {
  if (clock::now() < next_request_)
    return;
  next_request_ = clock::now() + 500ms;
  for (auto& x : clients_) {
    if (x->ready() && x->acks().unacked() != 0) {
      x->request_ack();
      x->flush();
    }
  }
}

void workload::close_all() {
  for (auto& x : clients_) {
    if (options_.stream_management && x->ready() && x->acks().unacked() != 0)
      ++report_.unacked_clients;
    x->close();
  }
}

void workload::give_up(const std::string& reason) {
  if (report_.failure.empty())
    report_.failure = reason;
  traffic_.stop();
  if (phase_ < phase::closing)
    enter(phase::closing);
}

void workload::note_reason(const std::string& reason) {
  if (report_.reasons.contains(reason) || report_.reasons.size() < max_reasons)
    ++report_.reasons[reason];
  else
    ++report_.reasons["other reasons"];
}

void workload::show_progress() {
  auto now = clock::now();
  if (now < next_progress_ + progress_interval)
    return;
  next_progress_ = now;
  std::fprintf(stderr,
    "%4.0f s  %s: %zu of %zu clients ready, %llu messages delivered\n",
    seconds(now - began_), name_of(static_cast<int>(phase_)), ready_clients(),
    clients_.size(), static_cast<unsigned long long>(traffic_.delivered()));
}

std::size_t workload::ready_clients() const {
  return static_cast<std::size_t>(
    std::ranges::count_if(clients_, [](auto& x) { return x->ready(); }));
}

double workload::in_phase() const {
  return seconds(clock::now() - phase_began_);
}

} // namespace causeway::load
