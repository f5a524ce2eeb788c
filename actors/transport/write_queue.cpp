#include "actors/transport/write_queue.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace causeway {

namespace {

constexpr std::uint8_t final_text_frame = 0x81;

/// Writes the header of an unmasked final text frame; returns its size.
std::uint8_t write_header(std::array<char, 10>& out, std::uint64_t length) {
  out[0] = static_cast<char>(final_text_frame);
  if (length < 126) {
    out[1] = static_cast<char>(length);
    return 2;
  }
  auto bytes = length <= 0xffff ? 2 : 8;
  out[1] = bytes == 2 ? 126 : 127;
  for (int i = 0; i < bytes; ++i)
    out[2 + i] = static_cast<char>(length >> (8 * (bytes - 1 - i)));
  return static_cast<std::uint8_t>(2 + bytes);
}

} // namespace

/// Room of queues that are empty, for the next one of this thread: a queue is
/// empty most of the time, and there are many.
class write_queue::spare_room {
 public:
  /// As many as have something to write at a time.
  static constexpr std::size_t most = 32;
  /// In entries, of each.
  static constexpr std::size_t largest = 16;

  static spare_room& here() {
    static thread_local spare_room x;
    return x;
  }

  void take(std::vector<entry>& to) {
    if (count_ > 0)
      to = std::move(rooms_[--count_]);
  }

  void leave(std::vector<entry> x) {
    if (count_ < most && x.capacity() <= largest)
      rooms_[count_++] = std::move(x);
  }

 private:
  std::array<std::vector<entry>, most> rooms_;
  std::size_t count_ = 0;
};

write_queue::entry& write_queue::add() {
  if (entries_.capacity() == 0)
    spare_room::here().take(entries_);
  return entries_.emplace_back();
}

void write_queue::push(outgoing_message x, framing how) {
  auto& added = add();
  if (how == framing::websocket)
    added.header_size = write_header(added.header, x.text.size());
  added.counted = true;
  added.message = std::move(x);
}

void write_queue::push_raw(
  std::string_view bytes, std::unique_ptr<write_waiter> waiter) {
  auto message = make_outgoing(std::string{bytes});
  auto& added = add();
  added.message = std::move(message);
  added.waiter = std::move(waiter);
}

std::size_t write_queue::gather(std::span<iovec> out) const {
  std::size_t count = 0;
  auto skip = offset_;
  auto add = [&](const char* first, std::size_t size) {
    auto skipped = std::min(skip, size);
    skip -= skipped;
    if (size > skipped)
      out[count++] = {const_cast<char*>(first) + skipped, size - skipped};
  };
  for (auto i = head_; i < entries_.size() && count + 2 <= out.size(); ++i) {
    auto& x = entries_[i];
    add(x.header.data(), x.header_size);
    add(x.message.text.data(), x.message.text.size());
  }
  return count;
}

std::size_t write_queue::copy(std::span<char> out) const {
  std::size_t count = 0;
  auto skip = offset_;
  auto add = [&](const char* first, std::size_t size) {
    auto skipped = std::min(skip, size);
    skip -= skipped;
    auto n = std::min(size - skipped, out.size() - count);
    std::memcpy(out.data() + count, first + skipped, n);
    count += n;
  };
  for (auto i = head_; i < entries_.size() && count < out.size(); ++i) {
    auto& x = entries_[i];
    add(x.header.data(), x.header_size);
    add(x.message.text.data(), x.message.text.size());
  }
  return count;
}

std::size_t write_queue::consume(std::size_t bytes) {
  std::size_t cost = 0;
  offset_ += bytes;
  while (!empty() && offset_ >= entries_[head_].size()) {
    auto done = std::move(entries_[head_++]);
    offset_ -= done.size();
    if (done.counted)
      cost += queue_cost(done.message);
    if (done.message.guard)
      done.message.guard->settle();
    if (done.waiter)
      done.waiter->written(true);
  }
  if (empty()) {
    entries_.clear();
    head_ = 0;
    spare_room::here().leave(std::exchange(entries_, {}));
  } else if (head_ > entries_.size() / 2) {
    // Keeps the vector from growing while new entries come all the time.
    entries_.erase(entries_.begin(), entries_.begin() + head_);
    head_ = 0;
  }
  return cost;
}

void write_queue::fail() {
  auto lost = std::exchange(entries_, {});
  auto first = std::exchange(head_, 0);
  offset_ = 0;
  for (auto i = first; i < lost.size(); ++i)
    if (lost[i].waiter)
      lost[i].waiter->written(false);
}

} // namespace causeway
