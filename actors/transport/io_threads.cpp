#include "actors/transport/io_threads.hpp"

#include "actors/inspect/event_log.hpp"
#include "actors/transport/socket_watch.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <exception>
#include <map>
#include <thread>
#include <utility>
#include <vector>

namespace causeway {

namespace net = boost::asio;
using boost::system::error_code;

/// One thread and its event loop. That nobody else runs the loop spares Asio
/// its locks, and the wake-up of another thread for each event.
struct io_threads::loop {
  using clock = std::chrono::steady_clock;

  loop() : context{1}, work{context.get_executor()}, timer{context} {
    // Here, since it may fail.
    net::use_service<socket_watch>(context);
  }

  void run();
  bool is_here() { return context.get_executor().running_in_this_thread(); }

  // On this thread.
  void call_at(clock::time_point time, std::function<void()> callback);
  void arm();
  void call_first();

  net::io_context context;
  net::executor_work_guard<net::io_context::executor_type> work;
  // One for all that is due some time: each session that waits for its client
  // has a call here, which is smaller than a timer of Asio.
  net::steady_timer timer;
  std::multimap<clock::time_point, std::function<void()>> calls;
  std::thread thread;
};

struct io_threads::parts {
  explicit parts(std::size_t count) : loops(count), signals{loops[0].context} {}

  void wait_for_signal();

  std::vector<loop> loops;
  net::signal_set signals;
  std::function<void(int)> signal_callback;
  std::atomic<std::size_t> turn{0};
};

void io_threads::loop::run() {
  while (!context.stopped()) {
    try {
      context.run();
    } catch (const std::exception& error) {
      // Out of memory in one handler must not take the thread away from all
      // other connections.
      log_event(
        log_level::error, "io_handler_failed", {{"reason", error.what()}});
    }
  }
}

void io_threads::loop::call_at(
  clock::time_point time, std::function<void()> callback) {
  // In a step of its own: the order within a comparison is the compiler's.
  auto added = calls.emplace(time, std::move(callback));
  if (added == calls.begin())
    arm();
}

void io_threads::loop::arm() {
  if (calls.empty())
    return;
  timer.expires_at(calls.begin()->first);
  timer.async_wait([this](error_code error) {
    if (!error)
      call_first();
  });
}

// One at a time: an exception takes none of the others along. An earlier call
// may have come in while this was on its way.
void io_threads::loop::call_first() {
  if (calls.empty() || calls.begin()->first > clock::now()) {
    arm();
    return;
  }
  auto first = std::move(calls.begin()->second);
  calls.erase(calls.begin());
  arm();
  first();
}

void io_threads::parts::wait_for_signal() {
  signals.async_wait([this](error_code error, int number) {
    if (error)
      return;
    wait_for_signal();
    signal_callback(number);
  });
}

io_threads::io_threads(std::size_t count) {
  std::signal(SIGPIPE, SIG_IGN);
  if (count == 0)
    count = std::max(1u, std::thread::hardware_concurrency());
  parts_ = std::make_unique<parts>(count);
}

io_threads::~io_threads() {
  stop();
}

void io_threads::run() {
  for (auto& x : parts_->loops)
    x.thread = std::thread{[&x] { x.run(); }};
}

void io_threads::stop() {
  for (auto& x : parts_->loops)
    x.context.stop();
  for (auto& x : parts_->loops)
    if (x.thread.joinable())
      x.thread.join();
}

void io_threads::on_signal(std::function<void(int)> callback) {
  parts_->signal_callback = std::move(callback);
  parts_->signals.add(SIGINT);
  parts_->signals.add(SIGTERM);
  parts_->signals.add(SIGHUP);
  parts_->wait_for_signal();
}

void io_threads::post_after(
  std::chrono::milliseconds delay, std::function<void()> callback) {
  auto time = loop::clock::now() + delay;
  auto mine = this_thread();
  auto& to = parts_->loops[mine ? *mine : next_thread()];
  if (mine)
    to.call_at(time, std::move(callback));
  else
    net::post(
      to.context, [&to, time, callback = std::move(callback)]() mutable {
        to.call_at(time, std::move(callback));
      });
}

void io_threads::when_all_passed(std::function<void()> callback) {
  auto left = std::make_shared<std::atomic<std::size_t>>(size());
  auto shared =
    std::make_shared<const std::function<void()>>(std::move(callback));
  for (auto& x : parts_->loops)
    net::post(x.context, [left, shared] {
      if (left->fetch_sub(1) == 1)
        (*shared)();
    });
}

std::size_t io_threads::size() const {
  return parts_->loops.size();
}

net::io_context& io_threads::context(std::size_t thread) {
  return parts_->loops[thread].context;
}

std::optional<std::size_t> io_threads::this_thread() const {
  auto& loops = parts_->loops;
  auto mine = std::ranges::find_if(loops, &loop::is_here);
  if (mine == loops.end())
    return std::nullopt;
  return static_cast<std::size_t>(mine - loops.begin());
}

std::size_t io_threads::next_thread() {
  return parts_->turn.fetch_add(1, std::memory_order_relaxed) % size();
}

net::io_context& io_threads::this_context() {
  auto mine = this_thread();
  return context(mine ? *mine : next_thread());
}

} // namespace causeway
