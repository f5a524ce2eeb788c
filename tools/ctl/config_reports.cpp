#include "tools/ctl/config_reports.hpp"

#include "config/key_table.hpp"
#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"
#include "tools/ctl/text_table.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace causeway::ctl {

namespace {

using boost::json::object;

std::string generation_of(const object& answer) {
  return "generation " + std::to_string(number_at(answer, "generation"));
}

// Long values, such as a whole domain, would make every row as wide.
std::string shorten(std::string text) {
  constexpr std::size_t longest = 60;
  if (text.empty())
    return "-";
  if (text.size() > longest) {
    text.resize(longest);
    text += "...";
  }
  return text;
}

std::string changes_of(const object& answer) {
  text_table out{{{"KEY"}, {"BEFORE"}, {"AFTER"}, {"TAKES EFFECT"}}};
  auto add = [&out](const object& x) {
    auto scope = text_at(x, "scope");
    out.add({text_at(x, "key"), shorten(text_at(x, "before")),
      shorten(text_at(x, "after")),
      scope == "restart" ? "after a restart"
      : scope == "live"  ? "at once"
                         : "for new streams"});
  };
  auto& changes = array_at(answer, "changes");
  auto& waiting = array_at(answer, "waiting");
  for (auto* list : {&changes, &waiting})
    for (auto& x : *list)
      if (auto* row = x.if_object())
        add(*row);
  std::string text =
    changes.empty() && waiting.empty() ? std::string{} : out.text();
  for (auto& x : array_at(answer, "files"))
    if (auto* file = x.if_string())
      text += "new content: " + display_text(*file) + '\n';
  return text;
}

std::string without_ticks(std::string text) {
  std::erase(text, '`');
  return text;
}

object describe(const config::key_row& x) {
  return {{"key", x.path}, {"default", without_ticks(x.standard)},
    {"values", without_ticks(x.values)}, {"scope", to_string(x.scope)},
    {"meaning", without_ticks(x.meaning)}};
}

std::string explain(const config::key_row& x) {
  auto scope = x.scope == config::key_scope::live ? "at once (live)"
               : x.scope == config::key_scope::new_streams
                 ? "for streams that begin after the reload (new streams)"
                 : "after a restart (restart)";
  return x.path + "\n  " + without_ticks(x.meaning) + "\n  default       "
         + without_ticks(x.standard) + "\n  values        "
         + without_ticks(x.values) + "\n  takes effect  " + scope + '\n';
}

} // namespace

std::vector<std::string> refusal_lines(const object& refused) {
  std::vector<std::string> out;
  for (auto& x : array_at(refused, "errors"))
    if (auto* row = x.if_object())
      out.push_back(display_text(text_at(*row, "text")));
  return out;
}

std::string show_reload(const object& answer) {
  auto* changed = answer.if_contains("changed");
  auto is_new = changed && *changed == true;
  return changes_of(answer)
         + (is_new
              ? generation_of(answer) + " is in force\n"
              : "nothing new; " + generation_of(answer) + " stays in force\n");
}

std::string show_check(const object& answer) {
  auto changes = changes_of(answer);
  return changes + "the file is valid"
         + (changes.empty() ? ", and the same as what is in force\n" : "\n");
}

std::string show_diff(const object& answer) {
  return changes_of(answer);
}

std::string show_config(const object& answer) {
  auto out = "# " + generation_of(answer) + " of "
             + display_text(text_at(answer, "source")) + ", in force since "
             + text_at(answer, "since") + " (" + text_at(answer, "trigger")
             + ")\n";
  if (auto* differs = answer.if_contains("file_differs");
      differs && *differs == true)
    out += "# The file has another text than this.\n";
  if (auto& refused = object_at(answer, "refused"); !refused.empty()) {
    out += "# Refused " + text_at(refused, "at") + " ("
           + text_at(refused, "trigger") + "):\n";
    for (auto& line : refusal_lines(refused))
      out += "#   " + line + '\n';
  }
  for (auto& x : array_at(answer, "waiting"))
    if (auto* row = x.if_object())
      out += "# Waits for a restart: " + display_text(text_at(*row, "key"))
             + ": " + display_text(text_at(*row, "after")) + '\n';
  return out + text_at(answer, "yaml");
}

std::string show_history(const object& answer) {
  constexpr auto right = text_table::align::right;
  text_table out{{{"GENERATION", right}, {""}, {"SINCE"}, {"BY"},
    {"BYTES", right}, {"FILE"}}};
  for (auto& x : array_at(answer, "history")) {
    auto* row = x.if_object();
    if (!row)
      continue;
    auto* now = row->if_contains("in_force");
    out.add({std::to_string(number_at(*row, "generation")),
      now && *now == true ? "*" : "", text_at(*row, "at"),
      text_at(*row, "trigger"), std::to_string(number_at(*row, "bytes")),
      text_at(*row, "source")});
  }
  return array_at(answer, "history").empty() ? std::string{} : out.text();
}

std::string explain_keys(std::string_view key, bool as_json) {
  auto rows = key.empty() ? config::key_table() : config::find_keys(key);
  if (rows.empty())
    return {};
  if (as_json) {
    boost::json::array list;
    for (auto& row : rows)
      list.push_back(describe(row));
    return boost::json::serialize(object{{"keys", std::move(list)}}) + '\n';
  }
  std::string out;
  for (auto& row : rows)
    out += (out.empty() ? "" : "\n") + explain(row);
  return out;
}

} // namespace causeway::ctl
