#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

namespace causeway {

/// An answer that goes on: lines that come from time to time, taken by one
/// reader. Every member may be called from any thread.
class line_feed {
 public:
  virtual ~line_feed() = default;

  /// The lines that wait, each ended by a line feed: at least one if there is
  /// any, and no more once they have so many bytes.
  virtual std::string take(std::size_t most) = 0;

  /// Nothing waits, and nothing will come.
  virtual bool is_over() const = 0;

  /// When it ends by itself; `take` then has the last line.
  virtual std::chrono::steady_clock::time_point ends() const = 0;

  /// `f` is called each time that something waits where nothing did before; it
  /// must not block. At once if something waits already.
  virtual void on_lines(std::function<void()> f) = 0;

  /// The reader wants no more.
  virtual void stop() = 0;
};

} // namespace causeway
