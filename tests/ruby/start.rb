# What the Ruby of the tests evaluates: it runs the program and says what went wrong.
begin
  load "/app/main.rb"
rescue SystemExit => stop
  raise unless stop.success?
rescue Exception => error
  $stderr.puts error.full_message(highlight: false)
  raise
ensure
  $stdout.flush
end
