#include "actors/transport/asio_coordinator.hpp"

#include "actors/transport/io_threads.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/logger.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace causeway {

namespace {

namespace net = boost::asio;

/// Messages that one actor may handle before others get their turn.
constexpr std::size_t throughput = 64;

/// Actors resumed in one go before sockets get their turn.
constexpr std::size_t resumes_per_run = 64;

/// Length of a run queue from which on an idle thread takes half.
constexpr std::size_t share_from = 16;

/// Counts the handlers of ours that Asio holds or runs; outlives the
/// coordinator, which may go as soon as the count is zero.
struct handler_count {
  void begin() { ++count; }
  void end() {
    if (--count == 0)
      count.notify_all();
  }
  void wait_for_none() {
    while (auto left = count.load())
      count.wait(left);
  }

  std::atomic<std::uint32_t> count{0};
};

/// CAF scheduler whose workers are the io threads. Each has a run queue of its
/// own: what an actor wakes up runs there next, without a lock and without
/// waking another thread.
class asio_coordinator final : public caf::scheduler::abstract_coordinator {
 public:
  asio_coordinator(caf::actor_system& system, io_threads& threads)
    : abstract_coordinator{system}, context_{threads.context()},
      threads_{threads.size()} {}

  caf::detail::thread_safe_actor_clock& clock() noexcept override {
    return clock_;
  }

  void enqueue(caf::resumable* job) override;

 protected:
  void start() override;
  void stop() override;

 private:
  using jobs = std::vector<caf::resumable*>;

  /// One io thread.
  struct worker final : caf::execution_unit {
    explicit worker(asio_coordinator& x)
      : execution_unit{&x.system()}, handlers{x.handlers_} {}
    void exec_later(caf::resumable* job) override { queue.push_back(job); }

    /// Also tells the worker of an earlier actor system from ours.
    std::shared_ptr<handler_count> handlers;
    /// What the run under way has still to do; of this thread alone.
    std::deque<caf::resumable*> queue;
    bool running = false;

    /// What a socket's handler on this thread woke up. A deferred handler
    /// takes it, which Asio may run on another thread.
    std::mutex mutex;
    jobs woken;
  };

  using worker_ptr = std::shared_ptr<worker>;

  const worker_ptr& this_worker();
  void run_woken(worker& of);
  void run(worker& self);
  void resume(worker& self, caf::resumable* job);
  void share(worker& self);
  jobs take_back(worker& self, std::size_t count);

  /// Runs `f` as a handler of ours, on another thread if one is free.
  template <class F>
  void post(F f);
  /// Runs `f` as a handler of ours after this one, without waking a thread.
  template <class F>
  void defer(F f);
  void run_jobs(const jobs& x);

  net::io_context& context_;
  std::size_t threads_;
  caf::detail::thread_safe_actor_clock clock_;
  std::thread clock_thread_;
  /// Threads inside `run`: tells whether another one has time.
  std::atomic<std::size_t> running_{0};
  std::atomic<bool> stopped_{false};
  std::shared_ptr<handler_count> handlers_ = std::make_shared<handler_count>();
};

const asio_coordinator::worker_ptr& asio_coordinator::this_worker() {
  static thread_local worker_ptr current;
  if (!current || current->handlers != handlers_)
    current = std::make_shared<worker>(*this);
  return current;
}

template <class F>
void asio_coordinator::post(F f) {
  handlers_->begin();
  net::post(context_, [f = std::move(f), handlers = handlers_] {
    f();
    handlers->end();
  });
}

template <class F>
void asio_coordinator::defer(F f) {
  handlers_->begin();
  net::defer(context_, [f = std::move(f), handlers = handlers_] {
    f();
    handlers->end();
  });
}

void asio_coordinator::enqueue(caf::resumable* job) {
  if (!context_.get_executor().running_in_this_thread()) {
    post([this, job] { run_jobs({job}); });
    return;
  }
  auto& self = this_worker();
  if (self->running) {
    self->queue.push_back(job);
    return;
  }
  bool first = false;
  {
    std::lock_guard guard{self->mutex};
    first = self->woken.empty();
    self->woken.push_back(job);
  }
  if (first)
    defer([this, self] { run_woken(*self); });
}

void asio_coordinator::run_woken(worker& of) {
  auto& self = *this_worker();
  {
    std::lock_guard guard{of.mutex};
    self.queue.insert(self.queue.end(), of.woken.begin(), of.woken.end());
    of.woken.clear();
  }
  run(self);
}

void asio_coordinator::run_jobs(const jobs& x) {
  auto& self = *this_worker();
  self.queue.insert(self.queue.end(), x.begin(), x.end());
  run(self);
}

void asio_coordinator::run(worker& self) {
  self.running = true;
  ++running_;
  for (std::size_t i = 0; i < resumes_per_run && !self.queue.empty(); ++i) {
    if (self.queue.size() >= share_from && running_ < threads_)
      share(self);
    auto job = self.queue.front();
    self.queue.pop_front();
    resume(self, job);
  }
  --running_;
  self.running = false;
  // Each actor sets the thread's logger; ~actor_system would wait for it.
  if (caf::logger::current_logger() != nullptr)
    caf::logger::set_current_actor_system(nullptr);
  if (!self.queue.empty())
    defer(
      [this, rest = take_back(self, self.queue.size())] { run_jobs(rest); });
}

void asio_coordinator::resume(worker& self, caf::resumable* job) {
  if (stopped_.load(std::memory_order_relaxed)) {
    cleanup_and_release(job);
    return;
  }
  switch (job->resume(&self, max_throughput())) {
  case caf::resumable::resume_later: self.queue.push_back(job); break;
  case caf::resumable::done:
  case caf::resumable::awaiting_message: caf::intrusive_ptr_release(job); break;
  case caf::resumable::shutdown_execution_unit: break;
  }
}

void asio_coordinator::share(worker& self) {
  post(
    [this, half = take_back(self, self.queue.size() / 2)] { run_jobs(half); });
}

asio_coordinator::jobs asio_coordinator::take_back(
  worker& self, std::size_t count) {
  auto first = self.queue.end() - static_cast<std::ptrdiff_t>(count);
  jobs taken{first, self.queue.end()};
  self.queue.erase(first, self.queue.end());
  return taken;
}

void asio_coordinator::start() {
  clock_thread_ = std::thread{[this] { clock_.run_dispatch_loop(); }};
  abstract_coordinator::start();
}

void asio_coordinator::stop() {
  stop_actors();
  clock_.cancel_dispatch_loop();
  clock_thread_.join();
  stopped_ = true;
  handlers_->wait_for_none();
}

} // namespace

void use_io_threads(caf::actor_system_config& config, io_threads& threads) {
  config.set("scheduler.max-throughput", throughput);
  config.set("scheduler.max-threads", threads.size());
  config.module_factories.emplace_back([&threads](caf::actor_system& system) {
    return new asio_coordinator{system, threads};
  });
}

} // namespace causeway
