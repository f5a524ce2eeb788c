#include "actors/transport/asio_coordinator.hpp"

#include "actors/inspect/run_record.hpp"
#include "actors/transport/io_threads.hpp"
#include "actors/transport/loop_turn.hpp"

#include <boost/asio/defer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/execution_unit.hpp>
#include <caf/logger.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
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
  asio_coordinator(caf::actor_system& system, io_threads& threads,
    std::shared_ptr<run_record> record)
    : abstract_coordinator{system}, threads_{threads}, record_{
                                                         std::move(record)} {
    for (std::size_t i = 0; i < threads.size(); ++i)
      workers_.push_back(
        std::make_shared<worker>(*this, threads.context(i), i));
  }

  caf::detail::thread_safe_actor_clock& clock() noexcept override {
    return clock_;
  }

  void enqueue(caf::resumable* job) override;

 protected:
  void start() override;
  void stop() override;

 private:
  using jobs = std::vector<caf::resumable*>;

  /// One io thread; used by that thread alone, but for `busy`.
  struct worker final : caf::execution_unit,
                        turn_task,
                        std::enable_shared_from_this<worker> {
    worker(asio_coordinator& owner, net::io_context& x, std::size_t i)
      : execution_unit{&owner.system()}, owner{owner}, context{x},
        turn{net::use_service<loop_turn>(x)}, number{i} {}
    void exec_later(caf::resumable* job) override { queue.push_back(job); }
    void take_turn() override {
      // The owner may go as soon as no handler is left.
      auto handlers = owner.handlers_;
      owner.run(*this);
      handlers->end();
    }

    asio_coordinator& owner;
    net::io_context& context;
    loop_turn& turn;
    std::size_t number;
    std::deque<caf::resumable*> queue;
    /// A handler of ours will come and run the queue, or does so.
    bool scheduled = false;
    /// Tells others whether this thread has time.
    std::atomic<bool> busy{false};
    /// It will look for what comes from outside.
    std::atomic<bool> woken{false};
  };

  worker* this_worker();
  void run_soon(worker& self);
  void run_later(worker& self);
  void run(worker& self);
  void resume(worker& self, caf::resumable* job);
  void share(worker& self);
  void wake_one();
  void take_outside(worker& self);
  /// To a thread that is not this one.
  void hand_over(worker& to, jobs x);

  io_threads& threads_;
  std::shared_ptr<run_record> record_;
  /// Whose turn it is to get what no io thread has woken up. Not the turn of
  /// connections: each login wakes up actors from outside, so that all
  /// connections could land on one thread.
  std::atomic<std::size_t> next_{0};
  std::vector<std::shared_ptr<worker>> workers_;
  /// What no io thread has woken up: whoever has time takes it, so that it does
  /// not wait for a thread that does not come back from an actor.
  std::mutex mutex_;
  jobs outside_;
  /// Its size, for those who only look.
  std::atomic<std::size_t> left_outside_{0};
  caf::detail::thread_safe_actor_clock clock_;
  std::thread clock_thread_;
  std::atomic<bool> stopped_{false};
  std::shared_ptr<handler_count> handlers_ = std::make_shared<handler_count>();
};

asio_coordinator::worker* asio_coordinator::this_worker() {
  auto thread = threads_.this_thread();
  return thread ? workers_[*thread].get() : nullptr;
}

void asio_coordinator::enqueue(caf::resumable* job) {
  if (auto self = this_worker()) {
    self->queue.push_back(job);
    run_soon(*self);
  } else {
    {
      std::lock_guard guard{mutex_};
      outside_.push_back(job);
      ++left_outside_;
    }
    wake_one();
  }
}

// If all are busy, the first that no longer is looks by itself.
void asio_coordinator::wake_one() {
  auto first = next_++;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto& x = *workers_[(first + i) % workers_.size()];
    if (x.busy)
      continue;
    if (!x.woken.exchange(true)) {
      handlers_->begin();
      net::post(x.context, [this, &x, handlers = handlers_] {
        x.woken = false;
        run_soon(x);
        handlers->end();
      });
    }
    return;
  }
}

void asio_coordinator::take_outside(worker& self) {
  if (left_outside_ == 0)
    return;
  std::lock_guard guard{mutex_};
  self.queue.insert(self.queue.end(), outside_.begin(), outside_.end());
  outside_.clear();
  left_outside_ = 0;
}

void asio_coordinator::hand_over(worker& to, jobs x) {
  handlers_->begin();
  net::post(to.context, [this, &to, x = std::move(x), handlers = handlers_] {
    to.queue.insert(to.queue.end(), x.begin(), x.end());
    run_soon(to);
    handlers->end();
  });
}

// After the events under way, so that all that they wake up runs in one go.
void asio_coordinator::run_soon(worker& self) {
  if (std::exchange(self.scheduled, true))
    return;
  handlers_->begin();
  auto task = self.shared_from_this();
  if (!self.turn.add(task))
    net::defer(self.context, [task] { task->take_turn(); });
}

// After other handlers, and what sockets have for us meanwhile.
void asio_coordinator::run_later(worker& self) {
  self.scheduled = true;
  handlers_->begin();
  net::defer(
    self.context, [task = self.shared_from_this()] { task->take_turn(); });
}

void asio_coordinator::run(worker& self) {
  self.busy = true;
  take_outside(self);
  for (std::size_t i = 0; i < resumes_per_run && !self.queue.empty(); ++i) {
    if (self.queue.size() >= share_from)
      share(self);
    auto job = self.queue.front();
    self.queue.pop_front();
    resume(self, job);
  }
  self.busy = false;
  // Each actor sets the thread's logger; ~actor_system would wait for it.
  if (caf::logger::current_logger() != nullptr)
    caf::logger::set_current_actor_system(nullptr);
  self.scheduled = false;
  // What came while all were busy has woken nobody.
  if (!self.queue.empty() || left_outside_ > 0)
    run_later(self);
}

void asio_coordinator::resume(worker& self, caf::resumable* job) {
  if (stopped_.load(std::memory_order_relaxed)) {
    cleanup_and_release(job);
    return;
  }
  auto is_actor = job->subtype() == caf::resumable::scheduled_actor;
  if (is_actor) {
    auto& actor = static_cast<caf::scheduled_actor&>(*job);
    record_->begin(self.number, actor.id(), actor.name(), actor.ctrl());
  }
  auto result = job->resume(&self, max_throughput());
  if (is_actor)
    record_->end(self.number);
  switch (result) {
  case caf::resumable::resume_later: self.queue.push_back(job); break;
  case caf::resumable::done:
  case caf::resumable::awaiting_message: caf::intrusive_ptr_release(job); break;
  case caf::resumable::shutdown_execution_unit: break;
  }
}

// Half of what waits, if another thread has nothing to do.
void asio_coordinator::share(worker& self) {
  auto idle = std::ranges::find_if(
    workers_, [&](auto& x) { return x.get() != &self && !x->busy; });
  if (idle == workers_.end())
    return;
  auto first =
    self.queue.end() - static_cast<std::ptrdiff_t>(self.queue.size() / 2);
  jobs half{first, self.queue.end()};
  self.queue.erase(first, self.queue.end());
  hand_over(**idle, std::move(half));
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
  for (auto job : outside_)
    cleanup_and_release(job);
  outside_.clear();
}

} // namespace

void use_io_threads(caf::actor_system_config& config, io_threads& threads,
  std::shared_ptr<run_record> record) {
  config.set("scheduler.max-throughput", throughput);
  config.set("scheduler.max-threads", threads.size());
  config.module_factories.emplace_back(
    [&threads, record = std::move(record)](caf::actor_system& system) {
      return new asio_coordinator{system, threads, record};
    });
}

} // namespace causeway
