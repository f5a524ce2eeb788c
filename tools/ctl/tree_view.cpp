#include "tools/ctl/tree_view.hpp"

#include "tools/ctl/display.hpp"
#include "tools/ctl/json_access.hpp"
#include "tools/ctl/text_table.hpp"

#include <array>
#include <cstdio>

namespace causeway::ctl {

namespace {

using boost::json::object;

std::string display_rate(double x) {
  std::array<char, 32> out;
  auto n = std::snprintf(out.data(), out.size(), "%.1f", x);
  return {out.data(), static_cast<std::size_t>(n)};
}

// "h_in=7 unacked=2", without what is empty.
std::string display_fields(const object& x) {
  std::string out;
  for (auto& field : object_at(x, "fields")) {
    auto* value = field.value().if_string();
    if (!value || value->empty())
      continue;
    out += out.empty() ? "" : " ";
    out += std::string_view{field.key()};
    out += '=';
    out += std::string_view{*value};
  }
  if (auto error = text_at(x, "last_error"); !error.empty())
    out += (out.empty() ? "" : " ") + ("last_error=\"" + error + '"');
  return out;
}

// Fills the table, an actor per row, and the branches that lead to it.
class tree_writer {
 public:
  tree_writer(const tree_options& options, text_table& out)
    : options_{options}, out_{out} {}

  void add(const object& x, const std::string& own, const std::string& below) {
    if (!options_.flat || options_.kind.empty()
        || text_at(x, "kind") == options_.kind)
      add_row(x, options_.flat ? "" : own);
    auto& children = array_at(x, "children");
    auto left_out = number_at(x, "left_out");
    for (std::size_t i = 0; i < children.size(); ++i) {
      bool last = i + 1 == children.size() && left_out == 0;
      if (auto* child = children[i].if_object())
        add(*child, below + (last ? "└─ " : "├─ "),
          below + (last ? "   " : "│  "));
    }
    if (left_out > 0)
      out_.add({(options_.flat ? "" : below + "└─ ") + "and "
                + std::to_string(left_out) + " more"});
  }

 private:
  void add_row(const object& x, const std::string& branch) {
    auto id = number_at(x, "id");
    auto title = branch + text_at(x, "kind") + " #" + std::to_string(id);
    if (x.contains("silent")) {
      out_.add({title, "silent"});
      return;
    }
    auto rate = options_.rates.find(id);
    out_.add(
      {title, text_at(x, "state"), display_duration(decimal_at(x, "uptime")),
        std::to_string(number_at(x, "handled")),
        rate == options_.rates.end() ? "" : display_rate(rate->second),
        std::to_string(number_at(x, "mailbox")), display_fields(x)});
  }

  const tree_options& options_;
  text_table& out_;
};

void collect_handled(
  const object& x, std::map<std::uint64_t, std::uint64_t>& out) {
  out[number_at(x, "id")] = number_at(x, "handled");
  for (auto& child : array_at(x, "children"))
    if (auto* ptr = child.if_object())
      collect_handled(*ptr, out);
}

} // namespace

std::string show_actors(const object& answer, const tree_options& options) {
  using align = text_table::align;
  text_table table{
    {{"ACTOR"}, {"STATE"}, {"AGE", align::right}, {"HANDLED", align::right},
      {options.rates.empty() ? "" : "PER SEC", align::right},
      {"MAILBOX", align::right}, {"FIELDS"}}};
  auto& tree = object_at(answer, "tree");
  if (tree.empty())
    return "no actor of this kind\n";
  tree_writer{options, table}.add(tree, "", "");
  return table.text();
}

std::map<std::uint64_t, std::uint64_t> handled_by_id(const object& answer) {
  std::map<std::uint64_t, std::uint64_t> out;
  collect_handled(object_at(answer, "tree"), out);
  return out;
}

std::map<std::uint64_t, double> rates_between(
  const std::map<std::uint64_t, std::uint64_t>& before,
  const std::map<std::uint64_t, std::uint64_t>& after, double seconds) {
  std::map<std::uint64_t, double> out;
  for (auto& [id, handled] : after) {
    auto old = before.find(id);
    if (old != before.end() && handled >= old->second && seconds > 0)
      out[id] = static_cast<double>(handled - old->second) / seconds;
  }
  return out;
}

} // namespace causeway::ctl
