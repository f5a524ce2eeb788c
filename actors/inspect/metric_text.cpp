#include "actors/inspect/metric_text.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace causeway {

namespace {

// What would end the line, or the quotes.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
  for (char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quoted)
      out += "\\\"";
    else
      out += c;
  }
}

} // namespace

void metric_text::family(
  std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_.append("# HELP ").append(name).append(" ");
  append_escaped(text_, help, false);
  text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void metric_text::sample(labels x, double value) {
  sample({}, x, value);
}

void metric_text::sample(std::string_view suffix, labels x, double value) {
  text_.append(name_).append(suffix);
  if (x.size() > 0) {
    auto separator = '{';
    for (auto& [name, text] : x) {
      text_ += separator;
      text_.append(name).append("=\"");
      append_escaped(text_, text, true);
      text_ += '"';
      separator = ',';
    }
    text_ += '}';
  }
  add_value(value);
}

void metric_text::sample_as_is(std::string_view labels, double value) {
  text_ += name_;
  if (!labels.empty())
    text_.append("{").append(labels).append("}");
  add_value(value);
}

void metric_text::add_value(double value) {
  text_ += ' ';
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    text_ += std::to_string(static_cast<long long>(value));
  } else if (std::isfinite(value)) {
    std::array<char, 32> out;
    auto end = std::to_chars(out.data(), out.data() + out.size(), value).ptr;
    text_.append(out.data(), end);
  } else {
    text_ += std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  }
  text_ += '\n';
}

} // namespace causeway
