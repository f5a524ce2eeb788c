#include "tools/ctl/log_view.hpp"

#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"
#include "tools/ctl/text_table.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

namespace causeway::ctl {

namespace {

using boost::json::object;

constexpr std::chrono::milliseconds look_interval{250};
// Of one look while following.
constexpr std::uint64_t most_events = 1'000;

bool is_plain(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '=';
}

std::string quoted(std::string_view value) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), is_plain))
    return std::string{value};
  return boost::json::serialize(boost::json::string{value});
}

std::string show_event(const object& x) {
  auto level = text_at(x, "level");
  level.resize(std::max<std::size_t>(level.size(), 5), ' ');
  auto out = text_at(x, "time") + ' ' + level + ' ' + text_at(x, "component")
             + ' ' + text_at(x, "event");
  for (auto& field : object_at(x, "fields"))
    if (auto* value = field.value().if_string())
      out +=
        ' ' + std::string{std::string_view{field.key()}} + '=' + quoted(*value);
  return display_text(out) + '\n';
}

std::string show_json(const object& answer) {
  std::string out;
  for (auto& x : array_at(answer, "events"))
    out += boost::json::serialize(x) + '\n';
  return out;
}

} // namespace

std::string show_events(const object& answer) {
  std::string out;
  if (auto missed = number_at(answer, "missed"); missed > 0)
    out += "... " + std::to_string(missed)
           + " events are no longer there; see log.recent\n";
  for (auto& x : array_at(answer, "events"))
    if (auto* event = x.if_object())
      out += show_event(*event);
  return out;
}

std::string show_log_levels(const object& answer) {
  text_table out{{{"COMPONENT"}, {"LEVEL"}}};
  auto& levels = object_at(answer, "levels");
  for (auto& x : levels) {
    std::string name{std::string_view{x.key()}};
    out.add({name, text_at(levels, name)});
  }
  return out.text();
}

exit_code follow_log(job x) {
  while (std::cout) {
    auto answer = ask_server(x.socket, x.request);
    if (!answer) {
      std::cerr << "causewayctl: " << display_text(answer.error().text) << '\n';
      return no_connection;
    }
    if (answer->contains("error")) {
      std::cerr << "causewayctl: " << display_text(text_at(*answer, "error"))
                << '\n';
      return refused_by_server;
    }
    std::cout << (x.as_json ? show_json(*answer) : show_events(*answer))
              << std::flush;
    x.request["after"] = number_at(*answer, "last");
    x.request["limit"] = most_events;
    if (array_at(*answer, "events").size() < most_events)
      std::this_thread::sleep_for(look_interval);
  }
  return done;
}

} // namespace causeway::ctl
