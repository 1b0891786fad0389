# Copies the standard library that `ruby+stdlib.wasm` carries to the host's folder /out.
require "fileutils"

LIBRARY = "/usr/local/lib/ruby"
Dir.glob("#{LIBRARY}/**/*").each do |path|
  next if File.directory?(path)
  copy = "/out" + path.delete_prefix(LIBRARY)
  FileUtils.mkdir_p(File.dirname(copy))
  File.binwrite(copy, File.binread(path))
end
