#pragma once

#include <string>

namespace CLI {
class App;
}

/// What a command line says of itself in other forms than --help.
namespace causeway::ctl {

/// A manual page in the language of man(7).
std::string manual_page(const CLI::App& app);

/// A script for bash-completion: subcommands and options of each.
std::string bash_completion(const CLI::App& app);

} // namespace causeway::ctl
