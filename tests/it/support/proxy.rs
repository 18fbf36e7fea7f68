//! A TCP proxy that stands for a bad network; the test says what goes wrong and when, for all connections or for the next
//! few. It knows no TLS: what it cuts in a TLS connection ends without a goodbye (`close_notify`).

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// What happens to connections from now on, open ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything passes.
    Pass,
    /// New connections are closed at once; open ones too.
    Refuse,
    /// Connections open, and nothing passes in either direction.
    BlackHole,
}

/// How a connection is cut, as the client sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// An orderly end of the stream.
    Fin,
    /// A reset: what was on its way may be lost as well.
    Reset,
}

/// What is wrong with one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is closed before a byte passes.
    Refuse,
    /// It opens, and nothing ever passes.
    BlackHole,
    /// It ends after so many bytes that way.
    Cut { direction: Direction, after: u64, ending: Ending },
    /// No segment is longer than this: 1 splits at every byte.
    Split(usize),
    /// Bytes are held until there are so many, or none came for a moment.
    Coalesce(usize),
    /// Each chunk is on its way so long.
    Delay(Duration),
    /// So many bytes a second pass in each direction, one by one.
    Trickle(u32),
}

/// How long [`Trouble::Coalesce`] waits for more.
const MOMENT: Duration = Duration::from_millis(15);

/// A cut that is still to come.
#[derive(Debug, Clone, Copy)]
struct Cut {
    direction: Direction,
    left: u64,
}

/// What of a chunk passes.
enum Passing {
    All,
    /// So many bytes, and then the connection is cut.
    Last(usize, Ending),
}

struct Control {
    mode: Mode,
    delay: Duration,
    cut: Option<Cut>,
    ending: Ending,
    /// For the connections to come: how many, and what is wrong with each.
    troubles: VecDeque<(u32, Vec<Trouble>)>,
    open: Vec<Arc<TcpStream>>,
    random: u64,
}

struct Shared {
    control: Mutex<Control>,
    changed: Condvar,
    stopped: AtomicBool,
    connections: AtomicU64,
    up: AtomicU64,
    down: AtomicU64,
    cuts: AtomicU64,
}

/// A running proxy; dropping it closes everything.
pub struct Proxy {
    /// Where clients connect.
    pub addr: SocketAddr,
    shared: Arc<Shared>,
}

/// One direction of one connection.
struct Lane {
    direction: Direction,
    troubles: Vec<Trouble>,
    passed: u64,
}

impl Lane {
    fn pick<T>(&self, pick: impl Fn(&Trouble) -> Option<T>) -> Option<T> {
        self.troubles.iter().find_map(pick)
    }

    fn segment(&self) -> Option<usize> {
        self.pick(|trouble| {
            if let Trouble::Split(bytes) = trouble {
                return Some((*bytes).max(1));
            }
            matches!(trouble, Trouble::Trickle(_)).then_some(1)
        })
    }

    fn pause(&self) -> Option<Duration> {
        self.pick(|trouble| {
            if let Trouble::Trickle(rate) = trouble { Some(Duration::from_secs(1) / (*rate).max(1)) } else { None }
        })
    }

    fn delay(&self) -> Option<Duration> {
        self.pick(|trouble| if let Trouble::Delay(delay) = trouble { Some(*delay) } else { None })
    }

    fn coalesced(&self) -> Option<usize> {
        self.pick(|trouble| if let Trouble::Coalesce(bytes) = trouble { Some(*bytes) } else { None })
    }

    /// How many of these bytes this connection's own cut lets pass.
    fn allow(&mut self, bytes: usize) -> Passing {
        let direction = self.direction;
        let cut = self.pick(|trouble| {
            if let Trouble::Cut { direction: one, after, ending } = trouble
                && *one == direction
            {
                return Some((*after, *ending));
            }
            None
        });
        let before = self.passed;
        self.passed += bytes as u64;
        match cut {
            Some((after, ending)) if self.passed >= after => {
                Passing::Last(usize::try_from(after.saturating_sub(before)).unwrap_or(bytes), ending)
            }
            _ => Passing::All,
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many of these bytes pass, and whether the connection is cut after them.
    fn allow(&self, lane: &mut Lane, bytes: usize) -> Passing {
        let own = lane.allow(bytes);
        if matches!(own, Passing::Last(..)) {
            self.cuts.fetch_add(1, Ordering::SeqCst);
            return own;
        }
        let mut control = self.lock();
        let ending = control.ending;
        let Some(cut) = control.cut.as_mut().filter(|cut| cut.direction == lane.direction) else {
            return Passing::All;
        };
        let asked = bytes as u64;
        if asked < cut.left {
            cut.left -= asked;
            return Passing::All;
        }
        let left = usize::try_from(cut.left).unwrap_or(bytes);
        control.cut = None;
        self.cuts.fetch_add(1, Ordering::SeqCst);
        Passing::Last(left, ending)
    }

    /// Waits while nothing passes; `false` when the connection is to end.
    fn may_pass(&self) -> bool {
        let mut control = self.lock();
        while control.mode == Mode::BlackHole && !self.stopped.load(Ordering::SeqCst) {
            control = self.changed.wait(control).unwrap_or_else(PoisonError::into_inner);
        }
        control.mode != Mode::Refuse && !self.stopped.load(Ordering::SeqCst)
    }

    fn count(&self, direction: Direction, bytes: usize) {
        let counter = match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        };
        counter.fetch_add(bytes as u64, Ordering::SeqCst);
    }
}

fn close(stream: &TcpStream) {
    // It may be closed already.
    stream.shutdown(Shutdown::Both).ok();
}

/// Ends a connection so that its other end is told of a reset.
pub fn reset(stream: &TcpStream) {
    rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO)).ok();
    // To connect to nowhere takes a connection apart at once, whoever else holds the socket. Elsewhere than on Linux this
    // may be refused: then it is an orderly end.
    rustix::net::connect_unspec(stream).ok();
    close(stream);
}

/// Adds what follows within a moment, until there are so many bytes.
fn gather(mut from: &TcpStream, buffer: &mut Vec<u8>, wanted: usize) {
    let mut more = vec![0; 16 * 1024];
    from.set_read_timeout(Some(MOMENT)).ok();
    while buffer.len() < wanted {
        match from.read(&mut more) {
            Ok(read @ 1..) => buffer.extend_from_slice(&more[..read]),
            Ok(_) | Err(_) => break,
        }
    }
    from.set_read_timeout(None).ok();
}

/// Writes bytes in the segments and at the pace of this lane.
fn put(shared: &Shared, lane: &Lane, mut to: &TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for segment in bytes.chunks(lane.segment().unwrap_or(usize::MAX)) {
        if let Some(pause) = lane.pause() {
            // The pace of the network that this proxy stands for, not a wait of the test.
            thread::sleep(pause);
        }
        if shared.stopped.load(Ordering::SeqCst) {
            return Err(ErrorKind::ConnectionAborted.into());
        }
        // Counted first: who has read the bytes may rely on the count.
        shared.count(lane.direction, segment.len());
        to.write_all(segment)?;
    }
    Ok(())
}

fn pump(shared: &Shared, mut lane: Lane, from: &TcpStream, to: &TcpStream) {
    let mut chunk = vec![0; 16 * 1024];
    let mut ending = Ending::Fin;
    let mut reader = from;
    while let Ok(read @ 1..) = reader.read(&mut chunk) {
        let arrived = Instant::now();
        let mut bytes = chunk[..read].to_vec();
        if let Some(wanted) = lane.coalesced() {
            gather(from, &mut bytes, wanted);
        }
        if !shared.may_pass() {
            break;
        }
        let delay = lane.delay().unwrap_or(shared.lock().delay);
        if let Some(rest) = delay.checked_sub(arrived.elapsed()) {
            // The delay of the network that this proxy stands for, not a wait of the test.
            thread::sleep(rest);
        }
        let last = match shared.allow(&mut lane, bytes.len()) {
            Passing::All => None,
            Passing::Last(allowed, ending) => {
                bytes.truncate(allowed);
                Some(ending)
            }
        };
        if put(shared, &lane, to, &bytes).is_err() {
            break;
        }
        if let Some(last) = last {
            ending = last;
            break;
        }
    }
    let end = if ending == Ending::Reset { reset } else { close };
    end(from);
    end(to);
}

fn serve(shared: &Arc<Shared>, client: TcpStream, upstream: SocketAddr) {
    shared.connections.fetch_add(1, Ordering::SeqCst);
    let troubles = {
        let mut control = shared.lock();
        let troubles = control.troubles.front().map(|(_, troubles)| troubles.clone()).unwrap_or_default();
        if let Some((left, _)) = control.troubles.front_mut() {
            *left -= 1;
        }
        control.troubles.retain(|(left, _)| *left > 0);
        troubles
    };
    if shared.lock().mode == Mode::Refuse || troubles.contains(&Trouble::Refuse) {
        close(&client);
        return;
    }
    client.set_nodelay(true).ok();
    let client = Arc::new(client);
    shared.lock().open.push(Arc::clone(&client));
    if troubles.contains(&Trouble::BlackHole) {
        return;
    }
    let Ok(server) = TcpStream::connect(upstream) else {
        close(&client);
        return;
    };
    server.set_nodelay(true).ok();
    let server = Arc::new(server);
    shared.lock().open.push(Arc::clone(&server));
    for (direction, from, to) in [(Direction::Up, &client, &server), (Direction::Down, &server, &client)] {
        let (shared, from, to) = (Arc::clone(shared), Arc::clone(from), Arc::clone(to));
        let lane = Lane { direction, troubles: troubles.clone(), passed: 0 };
        thread::spawn(move || pump(&shared, lane, &from, &to));
    }
}

/// splitmix64: the next number of a repeatable sequence.
pub fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

impl Proxy {
    /// A proxy on a free loopback port before this server; `seed` makes its random choices repeatable.
    pub fn start(upstream: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let control = Control {
            mode: Mode::Pass,
            delay: Duration::ZERO,
            cut: None,
            ending: Ending::Fin,
            troubles: VecDeque::new(),
            open: Vec::new(),
            random: seed,
        };
        let shared = Arc::new(Shared {
            control: Mutex::new(control),
            changed: Condvar::new(),
            stopped: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            cuts: AtomicU64::new(0),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if serving.stopped.load(Ordering::SeqCst) {
                    return;
                }
                serve(&serving, client, upstream);
            }
        });
        Self { addr, shared }
    }

    /// Changes what happens to connections; Refuse closes the open ones.
    pub fn set(&self, mode: Mode) {
        self.shared.lock().mode = mode;
        self.shared.changed.notify_all();
        if mode == Mode::Refuse {
            self.cut_now();
        }
    }

    /// What is wrong with each of the next connections, so many of them; those after them are as before. Called again,
    /// it speaks of the connections after those.
    pub fn trouble(&self, connections: u32, troubles: &[Trouble]) {
        if connections > 0 {
            self.shared.lock().troubles.push_back((connections, troubles.to_vec()));
        }
    }

    /// One trouble by the proxy's dice, for the failure message too; cuts come within the first `limit` bytes.
    pub fn random_trouble(&self, limit: u64) -> Trouble {
        let mut control = self.shared.lock();
        let mut throw = |below: u64| random(&mut control.random) % below.max(1);
        match throw(7) {
            0 => Trouble::Refuse,
            1 => Trouble::Split(usize::try_from(throw(4) + 1).unwrap()),
            2 => Trouble::Coalesce(4096),
            3 => Trouble::Delay(Duration::from_millis(throw(20))),
            _ => Trouble::Cut {
                direction: if throw(2) == 0 { Direction::Up } else { Direction::Down },
                after: throw(limit),
                ending: if throw(2) == 0 { Ending::Fin } else { Ending::Reset },
            },
        }
    }

    /// How cuts without an ending of their own end a connection; at first [`Ending::Fin`].
    pub fn end_by(&self, ending: Ending) {
        self.shared.lock().ending = ending;
    }

    /// Closes every open connection; new ones pass.
    pub fn cut_now(&self) {
        let (open, ending) = {
            let mut control = self.shared.lock();
            (std::mem::take(&mut control.open), control.ending)
        };
        for stream in &open {
            if ending == Ending::Reset { reset(stream) } else { close(stream) }
        }
    }

    /// Closes the connection over which the n-th byte from now on goes that way, after that byte. 0: before the next.
    pub fn cut_after(&self, direction: Direction, bytes: u64) {
        self.shared.lock().cut = Some(Cut { direction, left: bytes });
    }

    /// Takes back a cut that has not come yet; true if there was one.
    pub fn no_cut(&self) -> bool {
        self.shared.lock().cut.take().is_some()
    }

    /// Like [`Proxy::cut_after`] with a random number below `limit`; returns it, for the failure message.
    pub fn cut_somewhere(&self, direction: Direction, limit: u64) -> u64 {
        let mut control = self.shared.lock();
        let bytes = random(&mut control.random) % limit.max(1);
        control.cut = Some(Cut { direction, left: bytes });
        bytes
    }

    /// Every chunk takes this long in each direction.
    pub fn delay(&self, one_way: Duration) {
        self.shared.lock().delay = one_way;
    }

    /// Connections so far, refused ones included.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Bytes passed that way so far.
    pub fn passed(&self, direction: Direction) -> u64 {
        match direction {
            Direction::Up => self.shared.up.load(Ordering::SeqCst),
            Direction::Down => self.shared.down.load(Ordering::SeqCst),
        }
    }

    /// Cuts that struck so far.
    pub fn cuts(&self) -> u64 {
        self.shared.cuts.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.set(Mode::Refuse);
        // Wakes the thread that accepts, so that it sees the end.
        TcpStream::connect(self.addr).ok();
    }
}
