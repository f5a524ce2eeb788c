#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace causeway {

/// Held while bytes of a client are inside the server; the last owner's end
/// gives the read credit back to the WebSocket that they came from. May be
/// null.
using read_credit = std::shared_ptr<const void>;

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

/// Bytes of a client inside the server; gives the credit back at its end.
class credit_token {
 public:
  credit_token(std::weak_ptr<credit_account> account, std::size_t bytes)
    : account_{std::move(account)}, bytes_{bytes} {}
  credit_token(const credit_token&) = delete;
  credit_token& operator=(const credit_token&) = delete;
  ~credit_token() {
    if (auto account = account_.lock())
      account->grant(bytes_);
  }

 private:
  std::weak_ptr<credit_account> account_;
  std::size_t bytes_;
};

/// One WebSocket text message on its way to the parser. `client_line` keeps it
/// until it is parsed, so that a new parser can go on where one died; the
/// read credit moves on with the element.
struct frame {
  /// What a message costs beside its text: without that, many tiny messages
  /// would fit into any window.
  static constexpr std::size_t overhead = 256;

  frame(std::string x, std::weak_ptr<credit_account> account)
    : text{std::move(x)}, credit{std::make_shared<const credit_token>(
                            std::move(account), text.size() + overhead)} {}

  /// Moved out by the parser.
  std::string text;
  /// Moved on by the parser.
  read_credit credit;
  std::atomic<frame_phase> phase{frame_phase::waiting};
};

using frame_ptr = std::shared_ptr<frame>;

} // namespace causeway
