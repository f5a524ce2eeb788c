#pragma once

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace causeway::test {

/// A folder that goes with everything in it.
class temporary_folder {
 public:
  temporary_folder() {
    path_ =
      (std::filesystem::temp_directory_path() / "causeway-XXXXXX").string();
    if (!::mkdtemp(path_.data()))
      throw std::runtime_error{"no temporary folder"};
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

} // namespace causeway::test
