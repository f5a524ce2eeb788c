#include "actors/transport/io_threads.hpp"

#include "actors/inspect/event_log.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <thread>
#include <vector>

namespace causeway {

namespace net = boost::asio;
using boost::system::error_code;

struct io_threads::parts {
  explicit parts(std::size_t x)
    : count{x}, context{static_cast<int>(x)}, work{context.get_executor()},
      signals{context} {}

  void work_off();
  void wait_for_signal();

  std::size_t count;
  net::io_context context;
  net::executor_work_guard<net::io_context::executor_type> work;
  net::signal_set signals;
  std::function<void(int)> signal_callback;
  std::vector<std::thread> threads;
};

void io_threads::parts::work_off() {
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
  for (std::size_t i = 0; i < parts_->count; ++i)
    parts_->threads.emplace_back([parts = parts_.get()] { parts->work_off(); });
}

void io_threads::stop() {
  parts_->context.stop();
  for (auto& thread : parts_->threads)
    thread.join();
  parts_->threads.clear();
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
  auto timer = std::make_shared<net::steady_timer>(parts_->context, delay);
  timer->async_wait([timer, callback = std::move(callback)](error_code error) {
    if (!error)
      callback();
  });
}

std::size_t io_threads::size() const {
  return parts_->count;
}

net::io_context& io_threads::context() {
  return parts_->context;
}

} // namespace causeway
