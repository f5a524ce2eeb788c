#include "actors/inspect/log_report.hpp"

#include "actors/inspect/event_log.hpp"

#include <boost/json/array.hpp>

namespace causeway {

namespace {

namespace json = boost::json;

json::object to_object(const log_record& x) {
  json::object fields;
  for (auto& [key, value] : x.fields)
    fields[key] = value;
  return {{"number", x.number}, {"time", display_time(x.time)},
    {"level", to_string(x.level)}, {"component", to_string(x.component)},
    {"event", x.event}, {"fields", std::move(fields)}};
}

json::object levels_in_force() {
  json::object out;
  for (std::size_t i = 0; i < log_component_count; ++i) {
    auto x = static_cast<log_component>(i);
    out[to_string(x)] = to_string(log_level_in_force(x));
  }
  return out;
}

void set_level(const log_level_command& x, log_component component) {
  auto before = log_level_in_force(component);
  set_log_level(component, x.level);
  auto now = log_level_in_force(component);
  if (before != now)
    log_event(log_level::warn, "log_level_changed",
      {{"of", std::string{to_string(component)}},
        {"from", std::string{to_string(before)}},
        {"to", std::string{to_string(now)}}});
}

} // namespace

json::object log_report(const log_command& x, control_role role) {
  auto filter = x.filter;
  filter.without_wire = role != control_role::admin;
  recent_events::page page;
  if (auto* log = recent_log())
    page = x.after ? log->after(*x.after, x.limit, filter)
                   : log->newest(x.limit, filter);
  json::array events;
  for (auto& y : page.records)
    events.push_back(to_object(*y));
  auto out = log_losses_report();
  out["events"] = std::move(events);
  out["last"] = page.last;
  out["missed"] = page.missed;
  return out;
}

json::object change_log_level(const log_level_command& x) {
  if (!x.read_only)
    for (std::size_t i = 0; i < log_component_count; ++i) {
      auto component = static_cast<log_component>(i);
      if (!x.component || *x.component == component)
        set_level(x, component);
    }
  return {{"levels", levels_in_force()}};
}

json::object log_losses_report() {
  auto lost = lost_log_events();
  return {{"dropped", lost.dropped}, {"failed", lost.failed}};
}

} // namespace causeway
