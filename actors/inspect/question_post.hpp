#pragma once

#include "actors/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace causeway {

/// Sends many questions at a time and gathers the answers on the threads of
/// those who give them: an inspection of thousands wakes neither side up for
/// each of them.
class question_post {
 public:
  /// Has the owner `take` after this time, at once if it is zero; called on any
  /// thread.
  using alarm = std::function<void(std::chrono::milliseconds)>;

  question_post(caf::actor_system& system, alarm wake);
  question_post(const question_post&) = delete;
  question_post& operator=(const question_post&) = delete;
  ~question_post();

  struct question {
    inspectable_actor who;
    /// Comes back with the answer; greater than zero.
    std::uint64_t number = 0;
  };
  /// Each is answered once, unless the actor that is asked ends within the
  /// message that it handles.
  void send(const std::vector<question>& all, const inspect_request& what);

  /// How many answers are worth to be taken at once. Fewer wait for others a
  /// moment.
  void expect(std::size_t answers);

  class answer {
   public:
    explicit answer(caf::mailbox_element_ptr x) : message_{std::move(x)} {}
    std::uint64_t number() const;
    /// Null if the actor has ended.
    actor_snapshot* snapshot();

   private:
    caf::mailbox_element_ptr message_;
  };
  /// What has come since.
  std::vector<answer> take();

 private:
  struct box;

  caf::actor_system& system_;
  std::shared_ptr<box> box_;
  caf::strong_actor_ptr address_;
};

} // namespace causeway
