#include "tools/ctl/text_table.hpp"

#include "tools/ctl/display.hpp"

#include <algorithm>
#include <utility>

namespace causeway::ctl {

namespace {

constexpr std::size_t gap = 2;

void append_blanks(std::string& out, std::size_t n) {
  out.append(n, ' ');
}

} // namespace

text_table::text_table(std::vector<column> columns)
  : columns_{std::move(columns)} {}

void text_table::add(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  for (auto& x : cells)
    x = display_text(x);
  rows_.push_back(std::move(cells));
}

std::string text_table::text() const {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (auto& x : columns_) {
    titles.push_back(x.title);
    widths.push_back(display_width(x.title));
  }
  for (auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  std::string out;
  auto append_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (widths[i] == 0)
        continue;
      auto blanks = widths[i] - display_width(cells[i]);
      append_blanks(line, line.empty() ? 0 : gap);
      append_blanks(line, columns_[i].side == align::right ? blanks : 0);
      line += cells[i];
      append_blanks(line, columns_[i].side == align::left ? blanks : 0);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  auto titled = [](auto& x) { return !x.empty(); };
  if (std::any_of(titles.begin(), titles.end(), titled))
    append_line(titles);
  for (auto& row : rows_)
    append_line(row);
  return out;
}

} // namespace causeway::ctl
