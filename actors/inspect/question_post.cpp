#include "actors/inspect/question_post.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/execution_unit.hpp>
#include <caf/ref_counted.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <mutex>
#include <utility>

namespace causeway {

namespace {

/// How long an answer may wait for others.
constexpr std::chrono::milliseconds moment{1};

/// Actors that one io thread is handed at a time, unless another has nothing to
/// do.
constexpr std::size_t most_jobs = 64;

/// Actors that have been woken up, on their way to an io thread.
class job_batch final : public caf::resumable, public caf::ref_counted {
 public:
  using jobs = std::vector<caf::resumable*>;

  explicit job_batch(jobs x) : jobs_{std::move(x)} {}
  ~job_batch() override {
    for (auto* job : jobs_)
      caf::intrusive_ptr_release(job);
  }

  subtype_t subtype() const override { return function_object; }
  resume_result resume(caf::execution_unit* thread, std::size_t) override {
    for (auto* job : std::exchange(jobs_, {}))
      thread->exec_later(job);
    return done;
  }
  void intrusive_ptr_add_ref_impl() override { ref(); }
  void intrusive_ptr_release_impl() override { deref(); }

 private:
  jobs jobs_;
};

/// Keeps the actors that messages wake up, until there is a batch of them.
class job_collector final : public caf::execution_unit {
 public:
  explicit job_collector(caf::actor_system& system) : execution_unit{&system} {}
  job_collector(const job_collector&) = delete;
  ~job_collector() override { hand_over(); }

  void exec_later(caf::resumable* job) override {
    jobs_.push_back(job);
    if (jobs_.size() >= most_jobs)
      hand_over();
  }

 private:
  void hand_over() {
    if (!jobs_.empty())
      system().scheduler().enqueue(new job_batch{std::exchange(jobs_, {})});
  }

  job_batch::jobs jobs_;
};

} // namespace

/// Outlives its owner: answers may still be on their way.
struct question_post::box {
  void add(caf::mailbox_element_ptr x) {
    std::unique_lock guard{mutex};
    answers.emplace_back(std::move(x));
    alert(std::move(guard));
  }

  void alert(std::unique_lock<std::mutex> guard) {
    if (answers.empty() || woken)
      return;
    auto enough = answers.size() >= expected;
    if (!enough && std::exchange(will_wake, true))
      return;
    woken = enough;
    guard.unlock();
    wake(enough ? std::chrono::milliseconds{0} : moment);
  }

  alarm wake;
  std::mutex mutex;
  std::vector<answer> answers;
  std::size_t expected = 0;
  /// The owner knows that something is there.
  bool woken = false;
  /// It will look soon.
  bool will_wake = false;
};

question_post::question_post(caf::actor_system& system, alarm wake)
  : system_{system}, box_{std::make_shared<box>()} {
  box_->wake = std::move(wake);
  auto address = system.spawn<caf::actor_companion, caf::hidden>();
  auto* companion = static_cast<caf::actor_companion*>(
    caf::actor_cast<caf::abstract_actor*>(address));
  companion->on_enqueue(
    [box = box_](caf::mailbox_element_ptr x) { box->add(std::move(x)); });
  address_ = caf::actor_cast<caf::strong_actor_ptr>(std::move(address));
}

question_post::~question_post() {
  static_cast<caf::actor_companion*>(address_->get())->on_enqueue(nullptr);
}

void question_post::send(
  const std::vector<question>& all, const inspect_request& what) {
  job_collector jobs{system_};
  for (auto& x : all) {
    caf::message_id id{caf::message_id::default_async_value | x.number};
    caf::actor_cast<caf::abstract_actor*>(x.who)->enqueue(
      caf::make_mailbox_element(address_, id, {}, what), &jobs);
  }
}

void question_post::expect(std::size_t answers) {
  std::unique_lock guard{box_->mutex};
  box_->expected = answers;
  box_->alert(std::move(guard));
}

std::vector<question_post::answer> question_post::take() {
  std::lock_guard guard{box_->mutex};
  box_->woken = false;
  box_->will_wake = false;
  return std::exchange(box_->answers, {});
}

std::uint64_t question_post::answer::number() const {
  return message_->mid.request_id().integer_value();
}

actor_snapshot* question_post::answer::snapshot() {
  auto& content = message_->content();
  return content.match_elements<actor_snapshot>()
           ? &content.get_mutable_as<actor_snapshot>(0)
           : nullptr;
}

} // namespace causeway
