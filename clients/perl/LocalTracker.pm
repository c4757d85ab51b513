package LocalTracker;

=encoding utf-8

=head1 NAME

LocalTracker - Local Tracker, Perl client: one file, Perl 5.14 or newer, core modules alone

=head1 SYNOPSIS

    use utf8;
    use LocalTracker;
    my $log = LocalTracker->open(name => 'cache off, then on');
    my $run = $log->run(test => 'warm cache', target => 'http://localhost:3000/');
    $run->sample('http.latency_ms', 12.5, unit => 'ms', labels => { route => '/', status => 200 });
    $run->finish;
    $log->close;

=head1 DESCRIPTION

Nothing here dies. A method returns false for what it did not accept or write; C<< $log->dropped >> counts
such events and C<< $log->error >> has the reason. Texts are character strings (C<use utf8>, C<decode>).
Events are queued and written as one gzip member of 100 events, or of a second by the next call; the last ones by
C<flush>, C<close> or the end of the program. The format is docs/FORMAT.md of the tracker.

=cut

use strict;
use warnings;
use Compress::Zlib ();
use Errno qw(EEXIST EWOULDBLOCK EINTR);
use Fcntl qw(:DEFAULT :flock);
use File::Path ();
use IO::Handle ();
use JSON::PP ();
use POSIX ();
use Scalar::Util qw(looks_like_number weaken);
use Sys::Hostname ();
use Time::HiRes ();

use constant {
    FRAME_EVENTS    => 100,
    FRAME_CONTENT   => 256 << 10,    # of a busy writer's frame
    FRAME_SECONDS   => 1,
    RETRY_SECONDS   => 1,            # between two tries on a disk that failed
    MAX_LINE        => 1 << 20,
    MAX_QUEUED      => 3 << 20,      # one frame, below its 4 MiB even if nothing can be compressed
    MAX_NAME        => 1024,
    MAX_METRIC      => 128,
    MAX_LABELS      => 32,
    MAX_FOLDER_NAME => 200,
    ROTATE_BYTES    => 64 << 20,
    ROTATE_SECONDS  => 24 * 3600,
    LOCK_TRIES      => 20,           # 10 ms apart: an indexer may hold the lock for a moment
};
my %STATES = map { $_ => 1 } qw(finished failed stopped);
my %open;    # all logs, for the end of the program

# Options: data, user, session, name, rotate_bytes. Without them: the environment, and a new session.
sub open {
    my ($class, %option) = @_;
    my $user = _first($option{user}, _decoded($ENV{LOCAL_TRACKER_USER_ID}), 'anonymous');
    my $self = bless {
        data    => _first($option{data}, $ENV{TRACKER_DATA}, 'data'),
        session => _first($option{session}, POSIX::strftime('%Y%m%d-%H%M%S-', gmtime) . _random_hex(4)),
        rotate_bytes => $option{rotate_bytes} || ROTATE_BYTES,
    }, $class;
    $self->_reset;
    $self->{folders} = ['log', _folder_name($user), _folder_name($self->{session})];
    if (grep { length > MAX_FOLDER_NAME || !length } @{ $self->{folders} }) {
        $self->{unusable} = 1;
        $self->{error} = 'the id of a user or session is empty or too long';
    } else {
        $self->_try(sub { $self->_open_folder });
    }
    weaken($open{$self} = $self);
    $self->event('session', name => $option{name}, user => $user, host => eval { Sys::Hostname::hostname() });
    return $self;
}

sub session { $_[0]{session} }
sub error   { $_[0]{error} }
sub dropped { my $self = shift; $self->{dropped} + ($self->{failing} ? $self->{events} : 0) }

# One value. Details: unit, run, ok, labels, ts (Unix milliseconds).
sub sample {
    my ($self, $metric, $value, %with) = @_;
    my $labels = $with{labels} || {};
    return $self->_refuse('metric is not a string of 1 to 128 characters')
        if !defined $metric || $metric eq '' || length $metric > MAX_METRIC;
    return $self->_refuse('value is not a finite number')
        if !defined $value || !looks_like_number($value) || $value != $value || abs($value) == 9**9**9;
    return $self->_refuse('more than 32 labels') if keys %$labels > MAX_LABELS;
    return $self->_refuse('name longer than 1,024 bytes')
        if grep { _too_long($_) } $with{unit}, $with{run}, keys %$labels;
    my $json = ',"metric":' . _string($metric) . ',"value":' . _number($value);
    $json .= ",\"$_\":" . _string($with{$_}) for grep { defined $with{$_} } qw(unit run);
    $json .= ',"ok":' . ($with{ok} ? 'true' : 'false') if defined $with{ok};
    $json .= ',"labels":' . _pairs($labels) if %$labels;
    return $self->_accept($json, $with{ts});
}

# Starts a run. All are optional: id, test, target, params.
sub run {
    my ($self, %with) = @_;
    my $id = _first($with{id}, 'run-' . _random_hex(4));
    $self->event('run_started', run => $id, map { $_ => $with{$_} } qw(test target params));
    return bless { log => $self, id => $id }, 'LocalTracker::Run';
}

sub note { my ($self, $text) = @_; $self->event('note', text => $text) }

# Any other event of the format; values are texts, or a hash of texts. What is undefined is left out.
sub event {
    my ($self, $kind, @members) = @_;
    my $json = ',"event":' . _string($kind);
    while (my ($key, $value) = splice @members, 0, 2) {
        next if !defined $value;
        return $self->_refuse('name longer than 1,024 bytes') if $key eq 'run' && _too_long($value);
        $json .= ",\"$key\":" . (ref $value eq 'HASH' ? _pairs($value) : _string($value));
    }
    return $self->_accept($json);
}

# Writes what is queued. When it returns true, a killed program loses nothing of it.
sub flush {
    my $self = shift;
    $self->_after_fork if $self->{pid} != $$;
    return $self->{events} ? $self->_write_queue : !$self->{unusable};
}

# Returns whether everything was written. Later events are dropped.
sub close {
    my $self = shift;
    return !$self->{dropped} if $self->{closed};
    my $whole = $self->flush && !$self->{dropped};
    $self->{dropped} += $self->{events};
    @$self{qw(events failing closed file)} = (0, 0, 1, undef);
    delete $open{$self};
    return $whole;
}

sub DESTROY { local ($@, $!, $?); my $self = shift; $self->close if $self->{pid} && !$self->{closed} }
END { local ($@, $!, $?); $_->flush for grep { defined } values %open }

sub _reset {
    my $self = shift;
    @$self{qw(pid writer queue file)} = ($$, _random_hex(8), '', undef);
    @$self{qw(number size opened first retry_at seq events dropped reported failing)} = (0) x 10;
    return;
}

# In a forked child: what is queued stays the parent's; the child makes its own file.
sub _after_fork { my $self = shift; $self->_reset; return }

sub _refuse {
    my ($self, $reason) = @_;
    $self->_after_fork if $self->{pid} != $$;
    $self->{dropped}++;
    $self->{error} = $reason;
    return 0;
}

sub _accept {
    my ($self, $json, $ts) = @_;
    $self->_after_fork if $self->{pid} != $$;
    return $self->_refuse($self->{closed} ? 'the log is closed' : $self->{error}) if $self->{closed} || $self->{unusable};
    my $line = '{"ts":' . ($ts && looks_like_number($ts) ? $ts : int(Time::HiRes::time() * 1000)) . $json . "}\n";
    return $self->_refuse('line longer than 1 MiB') if length $line > MAX_LINE + 1;
    return $self->_refuse('the queue is full') if length($self->{queue}) + length $line > MAX_QUEUED;
    my $now = _ticks();
    $self->{first} = $now if !$self->{events}++;
    $self->{queue} .= $line;
    my $due = $self->{events} >= FRAME_EVENTS || length $self->{queue} >= FRAME_CONTENT || $now - $self->{first} >= FRAME_SECONDS;
    $self->_write_queue if $due && (!$self->{failing} || $now >= $self->{retry_at});
    return 1;
}

# Runs the code; an error becomes `error`.
sub _try {
    my ($self, $code) = @_;
    local $@;
    return 1 if eval { local $SIG{__DIE__}; $code->(); 1 };
    ($self->{error} = $@) =~ s/ at \S+ line \d+\.\n//;
    return 0;
}

sub _write_queue {
    my $self = shift;
    $self->{failing}  = 1;    # until the frame is written
    $self->{retry_at} = _ticks() + RETRY_SECONDS;
    return 0 if $self->{unusable} || $self->{closed};
    return $self->_try(sub {
        $self->_next_segment
            if !$self->{file} || $self->{size} >= $self->{rotate_bytes} || _ticks() - $self->{opened} >= ROTATE_SECONDS;
        my $dropped = $self->{dropped} - $self->{reported};
        my $header = sprintf '{"frame":1,"session":%s,"writer":"%s","seq":%d,"events":%d,"at":%d%s}',
            _string($self->{session}), @$self{qw(writer seq events)}, Time::HiRes::time() * 1000,
            $dropped ? ",\"dropped\":$dropped" : '';
        my $frame = Compress::Zlib::memGzip("$header\n$self->{queue}");
        die "gzip could not compress a frame\n" if !defined $frame;
        $self->_append($frame);
        $self->{reported} += $dropped;
        $self->{seq}++;
        @$self{qw(queue events failing)} = ('', 0, 0);
    });
}

# One write of the whole frame. A short one is cut off and tried once more, never continued.
sub _append {
    my ($self, $frame) = @_;
    my $failure;
    for (1 .. 2) {
        my $written;
        do { $written = syswrite $self->{file}, $frame } while !defined $written && $! == EINTR;
        if (defined $written && $written == length $frame) {
            $self->{size} += $written;
            return;
        }
        $failure = defined $written ? 'a short write' : "cannot write: $!";
        next if truncate $self->{file}, $self->{size};
        $self->{file} = undef;    # the torn bytes stay; readers skip them
        last;
    }
    die "$failure\n";
}

# Makes the folders and checks the format of the data folder, before anything is written.
sub _open_folder {
    my $self = shift;
    File::Path::make_path($self->{data}, { mode => 0700, error => \my $errors });
    my $description = "$self->{data}/tracker.json";
    if (!-e $description && -d $self->{data}) {    # made whole, and never over that of another writer
        my $temporary = "$description.$self->{writer}.tmp";
        sysopen my $file, $temporary, O_WRONLY | O_CREAT | O_EXCL, 0600 or die "cannot write $temporary: $!\n";
        my $whole = syswrite $file, "{\"format\":1}\n";
        link $temporary, $description if $whole && $whole == 13;    # without the file it is format 1
        unlink $temporary;
    }
    if (-e $description) {
        my $format = eval {
            CORE::open my $file, '<', $description or die;
            JSON::PP::decode_json(do { local $/; <$file> })->{format};
        };
        if (!defined $format || !looks_like_number($format) || $format != 1) {
            $self->{unusable} = 1;
            die "$description does not name format 1: use a newer client, or another folder\n";
        }
    }
    my $folder = $self->{data};
    for my $name (@{ $self->{folders} }) {
        my $inner = "$folder/$name";
        if (mkdir $inner, 0700) { _sync($folder) }
        elsif ($! != EEXIST)    { die "cannot make $inner: $!\n" }
        die "$inner is no folder\n" if -l $inner || !-d $inner;
        $folder = $inner;
    }
    return $folder;
}

sub _next_segment {
    my $self   = shift;
    my $folder = $self->_open_folder;
    my $name   = sprintf '%s/%s.%06d.jsonl.gz', $folder, $self->{writer}, $self->{number} + 1;
    sysopen my $file, $name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW, 0600 or die "cannot create $name: $!\n";
    for (1 .. LOCK_TRIES) {
        last if flock($file, LOCK_SH | LOCK_NB) || $! != EWOULDBLOCK;
        Time::HiRes::sleep(0.01);
    }
    _sync($folder);
    @$self{qw(file number size opened)} = ($file, $self->{number} + 1, 0, _ticks());
    return;
}

sub _sync {
    my $folder = shift;
    sysopen my $handle, $folder, O_RDONLY or return;
    $handle->sync;
    return;
}

# The id as a directory name: one id, one name, also where the file system folds case.
sub _folder_name {
    my $name = shift;
    utf8::encode($name);
    $name =~ s/([^a-z0-9_.-]|^[.-])/sprintf '%%%02x', ord $1/ge;
    return $name;
}

# As a JSON string of UTF-8 bytes. What UTF-8 cannot hold becomes U+FFFD.
sub _string {
    my $text = "$_[0]";
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
    if ($text =~ /[^\x00-\x7f]/) {
        $text =~ s/[\x{d800}-\x{dfff}]|[^\x{0}-\x{10ffff}]/\x{fffd}/g;
        utf8::encode($text);
    }
    return "\"$text\"";
}

sub _pairs {
    my $pairs = shift;
    return '{' . join(',', map { _string($_) . ':' . _string(defined $pairs->{$_} ? $pairs->{$_} : '') } sort keys %$pairs) . '}';
}

# The shortest spelling that reads back as the same, with a point whatever the program's locale.
sub _number {
    my $value = 0 + $_[0];
    return sprintf '%.0f', $value if $value == int $value && abs $value < 1e15;
    my $text;
    for my $precision (15 .. 17) {
        $text = sprintf "%.${precision}g", $value;
        last if $text == $value;
    }
    $text =~ s/[^0-9+\-e]/./g;
    return $text;
}

sub _too_long { my $name = shift; return 0 if !defined $name; utf8::encode($name); return length $name > MAX_NAME }
sub _first { for (@_) { return $_ if defined && $_ ne '' } return '' }
sub _decoded { my $bytes = shift; utf8::decode($bytes) if defined $bytes; return $bytes }    # of the environment
sub _ticks { return Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) }    # a clock that nobody sets

sub _random_hex {
    my $bytes  = shift;
    my $random = '';
    if (CORE::open my $file, '<:raw', '/dev/urandom') { sysread $file, $random, $bytes }
    $random = pack 'C*', map { int rand 256 } 1 .. $bytes if length $random != $bytes;
    return unpack 'H*', $random;
}

package LocalTracker::Run;

sub id { $_[0]{id} }
sub sample { my ($self, $metric, $value, %with) = @_; $self->{log}->sample($metric, $value, %with, run => $self->{id}) }
sub note { my ($self, $text) = @_; $self->{log}->event('note', text => $text, run => $self->{id}) }

# State: finished (the default), failed or stopped.
sub finish {
    my ($self, $state) = @_;
    $state = 'finished' if !defined $state;
    return $self->{log}->event('run_finished', run => $self->{id}, state => $STATES{$state} ? $state : 'failed');
}

1;
