#include "tools/ctl/top_view.hpp"

#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace causeway::ctl {

namespace {

using boost::json::object;

constexpr std::size_t heading_lines = 7;

struct actor_line {
  std::uint64_t id = 0;
  std::string kind;
  double busy = 0;
  std::optional<double> rate;
  std::uint64_t handled = 0;
  std::uint64_t mailbox = 0;
  double oldest = 0;
  std::string state;
  std::string session;
};

/// Blanks before or behind, or cut to so many columns.
std::string fit(std::string text, std::size_t width, bool right = false) {
  text = display_text(text);
  while (display_width(text) > width) {
    // The bytes of the last character.
    do {
      auto byte = static_cast<unsigned char>(text.back());
      text.pop_back();
      if ((byte & 0xc0) != 0x80)
        break;
    } while (!text.empty());
  }
  std::string blanks(width - display_width(text), ' ');
  return right ? blanks + text : text + blanks;
}

class top_writer {
 public:
  top_writer(
    const object& now, const object* before, const top_options& options)
    : now_{now}, before_{before}, options_{options},
      passed_{
        before ? decimal_at(now, "time") - decimal_at(*before, "time") : 0} {}

  std::vector<std::string> draw() {
    add("causeway node " + text_at(now_, "node") + ", " + text_at(now_, "state")
        + ", up " + display_duration(decimal_at(now_, "uptime")));
    add(sessions_line());
    add(process_line());
    add(rates_line());
    add(kinds_line());
    add({});
    add(title());
    auto room = options_.height - std::min(options_.height, heading_lines + 1);
    for (auto& x : actors()) {
      if (room-- == 0)
        break;
      add(line_of(x));
    }
    if (options_.help) {
      while (lines_.size() + 1 < options_.height)
        add({});
      add("q quit  sort: b busy  r rate  m mailbox  o oldest  k kind  i id  "
          "space now");
    }
    if (lines_.size() > options_.height)
      lines_.resize(options_.height);
    return std::move(lines_);
  }

 private:
  void add(const std::string& text) {
    auto line = fit(text, options_.width);
    line.erase(line.find_last_not_of(' ') + 1);
    lines_.push_back(std::move(line));
  }

  // Growth per second of a figure; nothing without an earlier look.
  std::optional<double> rate(double now, double before) const {
    if (!before_ || passed_ <= 0 || now < before)
      return std::nullopt;
    return (now - before) / passed_;
  }

  std::string counter_rate(std::string_view key) const {
    if (!before_)
      return "-";
    auto x = rate(decimal_at(object_at(now_, "counters"), key),
      decimal_at(object_at(*before_, "counters"), key));
    return x ? display_decimal(*x, *x < 10 ? 1 : 0) : "-";
  }

  std::string sessions_line() const {
    auto& sessions = object_at(now_, "sessions");
    auto& stuck = array_at(now_, "stuck");
    auto text = "sessions " + std::to_string(number_at(sessions, "all")) + " ("
                + std::to_string(number_at(sessions, "parked")) + " parked), "
                + "stuck actors " + std::to_string(stuck.size());
    for (auto& x : stuck)
      if (auto* row = x.if_object())
        text += ": " + text_at(*row, "kind") + " #"
                + std::to_string(number_at(*row, "id"));
    return text;
  }

  std::string process_line() const {
    std::string cpu = "-";
    if (before_)
      if (auto x = rate(
            decimal_at(now_, "processor"), decimal_at(*before_, "processor")))
        cpu = display_decimal(100 * *x, 1) + " %";
    return "cpu " + cpu + " of one core, "
           + std::to_string(number_at(now_, "threads")) + " threads, memory "
           + display_bytes(number_at(object_at(now_, "memory"), "resident"));
  }

  std::string rates_line() const {
    return "per second: stanzas in " + counter_rate("stanzas_in") + ", routed "
           + counter_rate("stanzas_routed") + ", acks sent "
           + counter_rate("acks_sent") + ", logins "
           + counter_rate("auth_succeeded") + ", ended "
           + counter_rate("sessions_ended");
  }

  std::string kinds_line() const {
    std::vector<std::pair<double, std::string>> shares;
    if (before_)
      for (auto& x : object_at(now_, "kinds")) {
        std::string kind{std::string_view{x.key()}};
        auto share = rate(decimal_at(object_at(now_, "kinds"), kind),
          decimal_at(object_at(*before_, "kinds"), kind));
        if (share && *share >= 0.001)
          shares.emplace_back(*share, std::move(kind));
      }
    std::ranges::sort(shares, std::greater{});
    std::string out = "busy %:";
    for (auto& [share, kind] : shares)
      out += ' ' + kind + ' ' + display_decimal(100 * share, 1);
    return out;
  }

  static std::string title() {
    return fit("ID", 9, true) + ' ' + fit("KIND", 14) + fit("BUSY %", 7, true)
           + fit("PER SEC", 9, true) + fit("MAILBOX", 8, true)
           + fit("OLDEST", 8, true) + "  SESSION";
  }

  static std::string line_of(const actor_line& x) {
    return fit(std::to_string(x.id), 9, true) + ' ' + fit(x.kind, 14)
           + fit(display_decimal(100 * x.busy, 1), 7, true)
           + fit(x.rate ? display_decimal(*x.rate, 1) : "-", 9, true)
           + fit(std::to_string(x.mailbox), 8, true)
           + fit(display_decimal(x.oldest, 2) + 's', 8, true) + "  "
           + (x.state.empty() ? "" : '(' + x.state + ") ") + x.session;
  }

  std::vector<actor_line> actors() const {
    std::map<std::uint64_t, double> handled_before;
    if (before_)
      for (auto& x : array_at(*before_, "actors"))
        if (auto* row = x.if_object(); row && row->contains("handled"))
          handled_before[number_at(*row, "id")] = decimal_at(*row, "handled");
    std::vector<actor_line> out;
    for (auto& x : array_at(now_, "actors")) {
      auto* row = x.if_object();
      if (!row)
        continue;
      actor_line y;
      y.id = number_at(*row, "id");
      y.kind = text_at(*row, "kind");
      y.busy = decimal_at(*row, "share");
      y.mailbox = number_at(*row, "mailbox");
      y.oldest = decimal_at(*row, "age");
      y.session = text_at(*row, "jid");
      auto* silent = row->if_contains("silent");
      y.state = silent && *silent == true ? "silent" : "";
      if (auto old = handled_before.find(y.id); old != handled_before.end())
        y.rate = rate(decimal_at(*row, "handled"), old->second);
      out.push_back(std::move(y));
    }
    sort(out);
    return out;
  }

  void sort(std::vector<actor_line>& x) const {
    auto by = [&x](
                auto key) { std::ranges::stable_sort(x, std::greater{}, key); };
    switch (options_.order) {
    case top_order::busy: by(&actor_line::busy); break;
    case top_order::rate: by(&actor_line::rate); break;
    case top_order::mailbox: by(&actor_line::mailbox); break;
    case top_order::oldest: by(&actor_line::oldest); break;
    case top_order::kind:
      std::ranges::stable_sort(x, {}, &actor_line::kind);
      break;
    case top_order::id: std::ranges::stable_sort(x, {}, &actor_line::id); break;
    }
  }

  const object& now_;
  const object* before_;
  const top_options& options_;
  double passed_;
  std::vector<std::string> lines_;
};

} // namespace

std::optional<top_order> order_of_key(int key) {
  switch (key) {
  case 'b': return top_order::busy;
  case 'r': return top_order::rate;
  case 'm': return top_order::mailbox;
  case 'o': return top_order::oldest;
  case 'k': return top_order::kind;
  case 'i': return top_order::id;
  default: return std::nullopt;
  }
}

std::vector<std::string> draw_top(
  const object& now, const object* before, const top_options& options) {
  return top_writer{now, before, options}.draw();
}

} // namespace causeway::ctl
