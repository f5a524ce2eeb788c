#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace causeway {

/// Takes read credit back from frames that are done with.
class credit_account {
 public:
  virtual ~credit_account() = default;
  /// Thread-safe; never blocks.
  virtual void grant(std::size_t bytes) noexcept = 0;
};

/// How far a frame got; a parser that dies leaves the trace here.
enum class frame_phase : std::uint8_t {
  /// In a mailbox.
  waiting,
  /// A parser works on it.
  taken,
  /// The element, or the refusal, is on its way.
  parsed,
};

/// One WebSocket text message on its way to the parser, and the read credit
/// of its bytes until the last holder of a `frame_ptr` lets go.
class frame {
 public:
  frame(std::string x, std::weak_ptr<credit_account> account)
    : text{std::move(x)}, account_{std::move(account)}, cost_{text.size()} {}
  frame(const frame&) = delete;
  frame& operator=(const frame&) = delete;
  ~frame() {
    if (auto account = account_.lock())
      account->grant(cost_);
  }

  /// Moved out by the parser.
  std::string text;
  std::atomic<frame_phase> phase{frame_phase::waiting};

 private:
  std::weak_ptr<credit_account> account_;
  std::size_t cost_;
};

using frame_ptr = std::shared_ptr<frame>;

} // namespace causeway
