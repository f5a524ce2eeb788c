#include "actors/inspect/log_settings.hpp"

#include <initializer_list>
#include <utility>

namespace causeway {

namespace {

log_destination destination_of(std::string_view output) {
  if (output == "stderr")
    return log_destination::standard_error;
  if (output == "journal")
    return log_destination::journal;
  if (output == "file")
    return log_destination::file;
  return log_destination::automatic;
}

} // namespace

log_settings log_settings_of(const config::log& x) {
  log_settings out;
  out.level = log_level_of(x.level).value_or(out.level);
  out.output = {destination_of(x.output), x.format == "json", x.file,
    x.max_file_size, x.keep_files};
  out.recent = x.recent;
  using enum log_component;
  auto& levels = x.levels;
  // "default" is the name of no level.
  for (auto& [component, name] :
    std::initializer_list<std::pair<log_component, const std::string&>>{
      {node, levels.node}, {c2s, levels.c2s}, {routing, levels.routing},
      {upstream, levels.upstream}, {domain, levels.domain},
      {inspect, levels.inspect}, {transport, levels.transport}})
    out.levels[static_cast<std::size_t>(component)] = log_level_of(name);
  return out;
}

} // namespace causeway
