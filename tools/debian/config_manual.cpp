#include "config/key_table.hpp"

#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

/// Writes causeway.yaml(5): the template with a paragraph for every key of the
/// schema in place of the line @KEYS@.
namespace {

using namespace causeway::config;

// Markdown to man(7): `code` is bold.
std::string to_roff(std::string_view text) {
  std::string out;
  bool bold = false;
  for (char c : text) {
    if (c == '`')
      out += (bold = !bold) ? "\\fB" : "\\fR";
    else if (c == '-')
      out += "\\-";
    else if (c == '\\')
      out += "\\e";
    else if (c == '\'')
      out += "\\(aq";
    else
      out += c;
  }
  // No request at the begin of a line.
  return out.starts_with('.') ? "\\&" + out : out;
}

// "a: b" begins as a sentence does, and ends so.
std::string sentence(std::string_view text) {
  auto out = to_roff(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z')
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out + '.';
}

std::string_view section_of(std::string_view path) {
  return path.substr(0, path.find_first_of(".["));
}

void print_keys() {
  std::string section;
  for (auto& x : key_table()) {
    if (auto now = section_of(x.path); now != section) {
      section = now;
      std::cout << ".SS " << section << '\n';
    }
    std::cout << ".TP\n.B " << to_roff(x.path) << '\n'
              << sentence(x.meaning) << '\n';
    if (!x.values.empty())
      std::cout << "Values: " << to_roff(x.values) << ".\n";
    if (!x.standard.empty() && x.standard != "-")
      std::cout << "Default: " << to_roff(x.standard) << ".\n";
    std::cout << "Takes effect: \\fI" << to_string(x.scope) << "\\fR.\n";
  }
}

} // namespace

int main(int argc, char** argv) {
  std::ifstream file{argc == 2 ? argv[1] : ""};
  if (!file) {
    std::cerr << "usage: config_manual TEMPLATE\n";
    return 2;
  }
  for (std::string line; std::getline(file, line);)
    if (line == "@KEYS@")
      print_keys();
    else
      std::cout << line << '\n';
  return std::cout ? 0 : 1;
}
