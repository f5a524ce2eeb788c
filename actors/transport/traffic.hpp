#pragma once

#include "actors/transport/transport.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace causeway {

/// The counters of one transport while it runs; any thread.
class traffic {
 public:
  void came_in(std::size_t bytes) noexcept {
    add(messages_in_, bytes_in_, bytes);
  }
  void went_out(std::size_t bytes) noexcept {
    add(messages_out_, bytes_out_, bytes);
  }
  transport_counters read() const noexcept {
    return {messages_in_, messages_out_, bytes_in_, bytes_out_};
  }

 private:
  using figure = std::atomic<std::uint64_t>;

  static void add(figure& messages, figure& all, std::size_t bytes) noexcept {
    messages.fetch_add(1, std::memory_order_relaxed);
    all.fetch_add(bytes, std::memory_order_relaxed);
  }

  figure messages_in_{0};
  figure messages_out_{0};
  figure bytes_in_{0};
  figure bytes_out_{0};
};

} // namespace causeway
