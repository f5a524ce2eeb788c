#pragma once

#include <string>
#include <vector>

namespace causeway::ctl {

/// Rows of cells in columns that are as wide as their widest cell; a column
/// without any text is left out.
class text_table {
 public:
  enum class align { left, right };

  struct column {
    std::string title;
    align side = align::left;
  };

  explicit text_table(std::vector<column> columns);

  /// Cells are cleaned of control characters; missing ones are empty.
  void add(std::vector<std::string> cells);

  /// A line of titles unless all are empty, and a line per row, each ended by
  /// a line feed and without blanks at its end.
  std::string text() const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace causeway::ctl
