#pragma once

#include <filesystem>
#include <string>

namespace causeway::test {

/// A certificate authority of a test, and what it issues, in a temporary
/// folder that goes with it.
class test_authority {
 public:
  explicit test_authority(const char* name = "Test Authority");
  test_authority(const test_authority&) = delete;
  test_authority& operator=(const test_authority&) = delete;
  ~test_authority();

  struct files {
    std::string certificate;
    std::string key;
    /// "sha256/..." of the key.
    std::string pin;
  };

  /// `names` as OpenSSL's configuration has them: "DNS:example.org,IP:::1".
  /// Valid from two days ago for `days` days.
  files issue(const std::string& names, int days = 30);

  /// PEM file with the authority's certificate.
  const std::string& certificate() const { return own_.certificate; }

  std::string folder() const { return folder_; }

 private:
  files write(const std::string& name, void* certificate, void* key) const;

  std::filesystem::path folder_;
  files own_;
  void* certificate_ = nullptr;
  void* key_ = nullptr;
  int issued_ = 0;
};

} // namespace causeway::test
