#include "tools/ctl/manual.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <functional>
#include <string_view>
#include <vector>

namespace causeway::ctl {

namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& x) {
  return x.get_subcommands([](const CLI::App*) { return true; });
}

// Those that --help shows as well, but for itself.
std::vector<const CLI::Option*> options_of(const CLI::App& x) {
  return x.get_options([](const CLI::Option* y) {
    return !y->get_group().empty() && !y->check_lname("help");
  });
}

// "account add".
std::string path_of(const CLI::App& x) {
  auto* parent = x.get_parent();
  if (!parent)
    return {};
  auto above = path_of(*parent);
  return above.empty() ? x.get_name() : above + ' ' + x.get_name();
}

// No hyphen is taken for one of typography, no line for a request.
std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c == '-')
      out += "\\-";
    else if (c == '\\')
      out += "\\e";
    else
      out += c;
  if (out.starts_with('.') || out.starts_with('\''))
    out.insert(0, "\\&");
  return out;
}

// A line in bold, then text in italics.
std::string tagged(std::string_view bold, std::string_view italic) {
  auto out = ".TP\n.B " + escaped(bold);
  if (!italic.empty())
    out += " \\fI" + escaped(italic) + "\\fR";
  return out + '\n';
}

// "SECONDS", without the range behind it.
std::string value_of(const CLI::Option& x) {
  if (x.get_items_expected_max() == 0)
    return {};
  auto name = x.get_type_name();
  return name.substr(0, name.find(':'));
}

std::string sentence(const std::string& text) {
  auto out = escaped(text);
  return out + (out.empty() || out.ends_with('.') ? "\n" : ".\n");
}

void append_options(std::string& out, const CLI::App& x) {
  for (auto* y : options_of(x)) {
    if (y->nonpositional())
      out += tagged(y->get_name(false, true), value_of(*y));
    else
      out += tagged("", y->get_name(true, false));
    out += sentence(y->get_description());
    if (auto name = y->get_envname(); !name.empty())
      out += "Environment: " + escaped(name) + ".\n";
    if (auto text = y->get_default_str(); !text.empty())
      out += "Default: " + escaped(text) + ".\n";
  }
}

void append_command(std::string& out, const CLI::App& x) {
  out += ".SS " + path_of(x) + '\n' + sentence(x.get_description());
  // Where a command has none, it is that of the program.
  auto text = x.get_footer();
  for (auto* y = x.get_parent(); y && !text.empty(); y = y->get_parent())
    if (y->get_footer() == text)
      text.clear();
  out += text.empty() ? "" : sentence(text);
  append_options(out, x);
  for (auto* y : commands_of(x))
    append_command(out, *y);
}

std::string upper(std::string x) {
  std::transform(x.begin(), x.end(), x.begin(),
    [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return x;
}

// Long options, and the commands below.
std::string words_of(const CLI::App& x) {
  std::string out;
  for (auto* y : commands_of(x))
    out += (out.empty() ? "" : " ") + y->get_name();
  for (auto* y : options_of(x))
    for (auto& name : y->get_lnames())
      out += (out.empty() ? "--" : " --") + name;
  return out;
}

void for_each_command(
  const CLI::App& x, const std::function<void(const CLI::App&)>& f) {
  f(x);
  for (auto* y : commands_of(x))
    for_each_command(*y, f);
}

} // namespace

std::string manual_page(const CLI::App& app) {
  auto& name = app.get_name();
  std::string out = ".TH " + upper(name)
                    + " 1 \"\" Causeway \"User commands\"\n"
                      ".SH NAME\n"
                    + name
                    + " \\- look into a running causewayd "
                      "and control it\n.SH SYNOPSIS\n.B "
                    + name
                    + "\n[\\fIOPTIONS\\fR] \\fICOMMAND\\fR ...\n"
                      ".SH DESCRIPTION\n"
                    + escaped(app.get_description())
                    + "\nIt asks over a Unix socket, which only the user that "
                      "runs the server, and root, may use.\n.SH OPTIONS\n";
  append_options(out, app);
  out += ".SH COMMANDS\n";
  for (auto* x : commands_of(app))
    append_command(out, *x);
  out += ".SH EXIT STATUS\n" + escaped(app.get_footer())
         + "\n.SH SEE ALSO\n.BR causewayd (8),\n.BR causeway.yaml (5)\n";
  return out;
}

std::string bash_completion(const CLI::App& app) {
  auto& name = app.get_name();
  std::string out = "# bash completion of " + name + "\n_" + name
                    + "() {\n  local word before= path=\n"
                      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
                      "    [[ $word == -* || $before == --socket ]] \\\n"
                      "      || path+=\" $word\"\n"
                      "    before=$word\n  done\n"
                      "  local words\n  case $path in\n";
  // The longest path first: what follows it may be an argument.
  std::vector<std::string> cases;
  for_each_command(app, [&](const CLI::App& x) {
    auto path = path_of(x);
    cases.push_back("    " + (path.empty() ? "" : "\" " + path + "\"")
                    + "*) words=\"" + words_of(x) + "\" ;;\n");
  });
  for (auto i = cases.rbegin(); i != cases.rend(); ++i)
    out += *i;
  out += "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- "
         "\"${COMP_WORDS[COMP_CWORD]}\"))\n}\ncomplete -F _"
         + name + ' ' + name + '\n';
  return out;
}

} // namespace causeway::ctl
