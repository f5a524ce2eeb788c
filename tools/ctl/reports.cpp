#include "tools/ctl/reports.hpp"

#include "tools/ctl/config_reports.hpp"
#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"
#include "tools/ctl/text_table.hpp"

#include <array>
#include <cstdio>
#include <vector>

namespace causeway::ctl {

namespace {

using boost::json::array;
using boost::json::object;

std::string display_libraries(const object& answer) {
  std::string out;
  for (auto& x : object_at(answer, "libraries")) {
    out += out.empty() ? "" : ", ";
    out += std::string_view{x.key()};
    if (auto* version = x.value().if_string())
      out += ' ' + std::string{std::string_view{*version}};
  }
  return out;
}

std::string display_process(const object& answer) {
  std::array<char, 32> processor;
  std::snprintf(processor.data(), processor.size(), "%.1f",
    decimal_at(answer, "processor"));
  return "pid " + std::to_string(number_at(answer, "pid")) + ", up "
         + display_duration(decimal_at(answer, "uptime")) + ", "
         + display_bytes(number_at(object_at(answer, "memory"), "resident"))
         + " resident, " + processor.data() + " s of processor time";
}

// The texts of an array in one line.
std::string join(const array& x) {
  std::string out;
  for (auto& value : x)
    if (auto* text = value.if_string()) {
      out += out.empty() ? "" : ", ";
      out += std::string_view{*text};
    }
  return out;
}

// A section of the status: its name before the first of its rows only.
template <class Rows, class F>
void add_section(
  text_table& out, const std::string& name, const Rows& rows, F describe) {
  bool first = true;
  for (auto& x : rows) {
    auto [left, right] = describe(x);
    if (!right.empty())
      left.append("  ").append(right);
    out.add({first ? name : "", std::move(left)});
    first = false;
  }
}

using two_texts = std::pair<std::string, std::string>;

// Nothing, as long as no event of the log was lost.
std::string display_log_losses(const object& answer) {
  auto& log = object_at(answer, "log");
  auto dropped = number_at(log, "dropped");
  auto failed = number_at(log, "failed");
  return dropped + failed == 0
           ? ""
           : std::to_string(dropped) + " events had no room, "
               + std::to_string(failed) + " could not be written";
}

std::string display_config(const object& x) {
  if (x.empty())
    return {};
  auto out = "generation " + std::to_string(number_at(x, "generation"))
             + ", since " + text_at(x, "since") + ", " + text_at(x, "source");
  if (auto n = number_at(x, "waiting"); n > 0)
    out += ", " + std::to_string(n) + (n == 1 ? " key waits" : " keys wait")
           + " for a restart";
  if (!object_at(x, "refused").empty())
    out += ", the last reload was refused";
  return out;
}

void add_counters(text_table& out, const object& counters, bool all) {
  std::vector<two_texts> rows;
  for (auto& x : counters) {
    std::string name{std::string_view{x.key()}};
    auto value = number_at(counters, name);
    if (value == 0 && !all)
      continue;
    name.resize(std::max<std::size_t>(name.size(), 22), ' ');
    rows.emplace_back(name, std::to_string(value));
  }
  if (auto n = counters.size() - rows.size(); n > 0)
    rows.emplace_back(std::to_string(n) + " more at 0; see --all", "");
  add_section(out, "counters", rows, [](auto& x) { return x; });
}

} // namespace

std::string show_version(const object& answer) {
  return display_text("causewayd " + text_at(answer, "version") + " ("
                      + display_libraries(answer) + ')')
         + '\n';
}

void add_upstreams(text_table& out, const array& upstreams) {
  std::string first = "upstreams";
  for (auto& x : upstreams) {
    auto* row = x.if_object();
    if (!row)
      continue;
    auto domain = text_at(*row, "domain");
    for (auto& y : array_at(*row, "endpoints")) {
      auto* endpoint = y.if_object();
      if (!endpoint)
        continue;
      auto text = domain + " -> " + text_at(*endpoint, "endpoint") + ", "
                  + text_at(*endpoint, "state") + ", "
                  + std::to_string(number_at(*endpoint, "streams"))
                  + " streams";
      if (auto error = text_at(*endpoint, "last_error"); !error.empty())
        text += ", last error "
                + display_duration(
                  static_cast<double>(number_at(*endpoint, "last_error_age")))
                + " ago: " + error;
      out.add({std::exchange(first, ""), text});
    }
  }
}

std::string show_status(const object& answer, bool all) {
  text_table out{{{""}, {""}}};
  out.add(
    {"server", "causewayd " + text_at(answer, "version") + ", node "
                 + text_at(answer, "node") + ", " + text_at(answer, "state")});
  out.add({"process", display_process(answer)});
  out.add({"libraries", display_libraries(answer)});
  add_section(out, "listeners", array_at(answer, "listeners"), [](auto& x) {
    auto* row = x.if_object();
    return row ? two_texts{text_at(*row, "url"), text_at(*row, "state")}
               : two_texts{};
  });
  auto& config = object_at(answer, "config");
  if (auto text = display_config(config); !text.empty())
    out.add({"config", text});
  for (auto& line : refusal_lines(object_at(config, "refused")))
    out.add({"", "  " + line});
  out.add({"domains", join(array_at(answer, "domains"))});
  add_upstreams(out, array_at(answer, "upstreams"));
  out.add({"sessions", std::to_string(number_at(answer, "sessions"))});
  add_section(out, "silent", array_at(answer, "silent"), [](auto& x) {
    auto* row = x.if_object();
    return row ? two_texts{text_at(*row, "kind") + " #"
                             + std::to_string(number_at(*row, "id")),
             ""}
               : two_texts{};
  });
  add_section(out, "stuck", array_at(answer, "stuck"), [](auto& x) {
    auto* row = x.if_object();
    return row ? two_texts{text_at(*row, "kind") + " #"
                             + std::to_string(number_at(*row, "id")),
             text_at(*row, "how") + " for "
               + display_decimal(decimal_at(*row, "seconds"), 1) + " s"}
               : two_texts{};
  });
  if (auto lost = display_log_losses(answer); !lost.empty())
    out.add({"log", std::move(lost)});
  add_counters(out, object_at(answer, "counters"), all);
  return out.text();
}

std::string show_accounts(const object& answer) {
  std::string out;
  for (auto& x : array_at(answer, "accounts"))
    if (auto* text = x.if_string())
      out += display_text(*text) + '\n';
  for (std::string_view verb : {"added", "changed", "removed"})
    if (answer.contains(verb))
      out +=
        std::string{verb} + ' ' + display_text(text_at(answer, verb)) + '\n';
  return out;
}

std::string show_killed(const object& answer) {
  auto is_killed = answer.contains("killed");
  auto& victim = object_at(answer, is_killed ? "killed" : "hung");
  return (is_killed ? "killed " : "hung ")
         + display_text(text_at(victim, "kind")) + " #"
         + std::to_string(number_at(victim, "id")) + '\n';
}

} // namespace causeway::ctl
