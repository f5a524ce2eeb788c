#include "actors/inspect/wire_trace.hpp"

#include "actors/inspect/clean_text.hpp"
#include "actors/inspect/counters.hpp"
#include "actors/inspect/redaction.hpp"
#include "actors/inspect/session_filter.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace causeway {

namespace {

/// What may wait for the reader, and how much of one message is kept.
constexpr std::size_t most_waiting = 1024 * 1024;
constexpr std::size_t most_of_message = 64 * 1024;
/// What an entry costs besides its text.
constexpr std::size_t entry_overhead = 128;

std::string time_text(std::chrono::system_clock::time_point x) {
  using namespace std::chrono;
  auto ms = duration_cast<milliseconds>(x.time_since_epoch()).count();
  auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> out;
  auto n = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string text{out.data(), n};
  auto fraction = std::to_string(1000 + ms % 1000);
  return text + '.' + fraction.substr(1) + 'Z';
}

std::string line(const boost::json::object& x) {
  return clean_text(boost::json::serialize(x)) + '\n';
}

} // namespace

std::string_view to_string(wire_way x) {
  switch (x) {
  case wire_way::from_client: return "from_client";
  case wire_way::to_client: return "to_client";
  case wire_way::from_upstream: return "from_upstream";
  case wire_way::to_upstream: return "to_upstream";
  }
  return "unknown";
}

bool is_traced_jid(std::string_view wanted, std::string_view full) {
  return full == wanted
         || (wanted.find('/') == wanted.npos && full.starts_with(wanted)
             && full.substr(wanted.size()).starts_with('/'));
}

// -- one trace ----------------------------------------------------------------

wire_trace::wire_trace(trace_order order, std::shared_ptr<counters> count)
  : order_{std::move(order)}, count_{std::move(count)}, end_{clock::now()
                                                             + order_.time} {}

void wire_trace::saw(
  std::uint64_t session, wire_way way, std::string_view text) {
  if (is_closed())
    return;
  std::function<void()> tell;
  {
    std::lock_guard guard{mutex_};
    if (!reason_.empty())
      return;
    auto was_empty = waiting_.empty();
    if (clock::now() >= end_)
      close("time");
    else
      put(session, way, text);
    if (was_empty)
      tell = on_lines_;
  }
  if (tell)
    tell();
}

void wire_trace::put(
  std::uint64_t session, wire_way way, std::string_view text) {
  auto cost = std::min(text.size(), most_of_message) + entry_overhead;
  if (waiting_bytes_ + cost > most_waiting) {
    ++left_out_;
    ++untold_;
    count_->add(counter::trace_left_out);
    return;
  }
  waiting_bytes_ += cost;
  waiting_.push_back({std::chrono::system_clock::now(), session, way,
    text.size(), std::string{text.substr(0, most_of_message)}});
  shown_bytes_ += text.size();
  if (shown_bytes_ >= order_.bytes)
    close("size");
}

std::string wire_trace::take(std::size_t most) {
  std::string out;
  while (out.size() < most) {
    auto x = next();
    if (!x)
      break;
    if (x->left_out > 0)
      out += line({{"left_out", x->left_out}});
    if (x->end.empty())
      out += line({{"time", time_text(x->time)}, {"session", x->session},
        {"way", to_string(x->way)}, {"bytes", x->bytes}, {"text", x->text}});
    else
      out += last_line(*x);
  }
  return out;
}

std::optional<traced_message> wire_trace::next() {
  traced_message x;
  {
    std::lock_guard guard{mutex_};
    if (clock::now() >= end_ && reason_.empty())
      close("time");
    x.left_out = std::exchange(untold_, 0);
    if (waiting_.empty()) {
      if (reason_.empty() || std::exchange(told_end_, true)) {
        untold_ = x.left_out;
        return std::nullopt;
      }
      x.end = reason_;
      return x;
    }
    auto& first = waiting_.front();
    x.time = first.time;
    x.session = first.session;
    x.way = first.way;
    x.bytes = first.bytes;
    x.text = std::move(first.text);
    waiting_bytes_ -= x.text.size() + entry_overhead;
    waiting_.pop_front();
    ++shown_;
  }
  // The streams must not wait for this.
  x.text = x.bytes > x.text.size()
             ? "[too long to be shown, " + std::to_string(x.bytes) + " bytes]"
             : redact_xml(x.text, order_.bodies);
  return x;
}

std::string wire_trace::last_line(const traced_message& x) const {
  std::lock_guard guard{mutex_};
  return line({{"end", x.end}, {"shown", shown_}, {"bytes", shown_bytes_},
    {"left_out", left_out_}});
}

void wire_trace::close(std::string_view reason) {
  reason_ = reason;
  closed_ = true;
}

bool wire_trace::is_over() const {
  std::lock_guard guard{mutex_};
  return told_end_;
}

void wire_trace::on_lines(std::function<void()> f) {
  bool at_once = false;
  {
    std::lock_guard guard{mutex_};
    on_lines_ = f;
    at_once = !waiting_.empty();
  }
  if (at_once)
    f();
}

void wire_trace::stop() {
  std::lock_guard guard{mutex_};
  if (reason_.empty())
    close("stopped");
  // A stream may hold it until its next message.
  waiting_.clear();
  waiting_bytes_ = 0;
  on_lines_ = nullptr;
}

// -- all traces ---------------------------------------------------------------

void wire_traces::forget_ended() {
  std::erase_if(all_, [this](auto& x) {
    auto trace = x.trace.lock();
    auto is_gone = !trace || trace->is_closed();
    if (is_gone && x.is_by_jid)
      --by_jid_;
    return is_gone;
  });
}

bool wire_traces::add(const std::shared_ptr<wire_trace>& x) {
  std::lock_guard guard{mutex_};
  forget_ended();
  if (all_.size() >= most)
    return false;
  auto& order = x->order();
  known entry{x, {}, !order.jid.empty()};
  if (order.session != 0)
    entry.sessions.insert(order.session);
  if (entry.is_by_jid)
    ++by_jid_;
  all_.push_back(std::move(entry));
  ++generation_;
  return true;
}

void wire_traces::include(
  const wire_trace& x, const std::vector<std::uint64_t>& sessions) {
  std::lock_guard guard{mutex_};
  for (auto& y : all_)
    if (y.trace.lock().get() == &x)
      y.sessions.insert(sessions.begin(), sessions.end());
  ++generation_;
}

void wire_traces::bound(std::uint64_t session, std::string_view jid) noexcept {
  if (by_jid_.load(std::memory_order_relaxed) == 0)
    return;
  try {
    std::lock_guard guard{mutex_};
    for (auto& x : all_) {
      auto trace = x.trace.lock();
      if (!trace || !x.is_by_jid || !is_traced_jid(trace->order().jid, jid))
        continue;
      x.sessions.insert(session);
      ++generation_;
    }
  } catch (...) {
    // Without memory it is not shown.
  }
}

std::shared_ptr<const trace_list> wire_traces::find(
  std::uint64_t session, std::string_view address) const {
  std::lock_guard guard{mutex_};
  auto out = std::make_shared<trace_list>();
  for (auto& x : all_) {
    auto trace = x.trace.lock();
    if (!trace || trace->is_closed())
      continue;
    auto& ip = trace->order().ip;
    auto net = ip.empty() ? std::nullopt : parse_network(ip);
    if (x.sessions.contains(session) || (net && contains(*net, address)))
      out->push_back(std::move(trace));
  }
  return out->empty() ? nullptr : out;
}

void wire_probe::show(wire_way way, std::string_view text) {
  for (auto& x : *traces_)
    x->saw(session_, way, text);
}

} // namespace causeway
