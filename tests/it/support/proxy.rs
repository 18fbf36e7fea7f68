//! A TCP proxy that stands for a bad network; the test says what goes wrong and when.

use std::io::{Read, Write};
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
    Last(usize),
}

struct Control {
    mode: Mode,
    delay: Duration,
    cut: Option<Cut>,
    open: Vec<TcpStream>,
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

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many of these bytes pass, and whether the connection is cut after them.
    fn allow(&self, direction: Direction, bytes: usize) -> Passing {
        let mut control = self.lock();
        let Some(cut) = control.cut.as_mut().filter(|cut| cut.direction == direction) else {
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
        Passing::Last(left)
    }

    /// Waits while nothing passes; `false` when the connection is to end.
    fn may_pass(&self) -> bool {
        let mut control = self.lock();
        while control.mode == Mode::BlackHole && !self.stopped.load(Ordering::SeqCst) {
            control = self.changed.wait(control).unwrap_or_else(PoisonError::into_inner);
        }
        control.mode != Mode::Refuse && !self.stopped.load(Ordering::SeqCst)
    }
}

fn close(stream: &TcpStream) {
    // It may be closed already.
    stream.shutdown(Shutdown::Both).ok();
}

fn pump(shared: &Shared, direction: Direction, mut from: TcpStream, mut to: TcpStream) {
    let counter = match direction {
        Direction::Up => &shared.up,
        Direction::Down => &shared.down,
    };
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let arrived = Instant::now();
        if !shared.may_pass() {
            break;
        }
        let delay = shared.lock().delay;
        if let Some(rest) = delay.checked_sub(arrived.elapsed()) {
            // The delay of the network that this proxy stands for, not a wait of the test.
            thread::sleep(rest);
        }
        let (passing, last) = match shared.allow(direction, read) {
            Passing::All => (read, false),
            Passing::Last(bytes) => (bytes, true),
        };
        // Counted first: who has read the bytes may rely on the count.
        counter.fetch_add(passing as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..passing]).is_err() {
            break;
        }
        if last {
            break;
        }
    }
    close(&from);
    close(&to);
}

fn serve(shared: &Arc<Shared>, client: TcpStream, upstream: SocketAddr) {
    shared.connections.fetch_add(1, Ordering::SeqCst);
    if shared.lock().mode == Mode::Refuse {
        close(&client);
        return;
    }
    let Ok(server) = TcpStream::connect(upstream) else {
        close(&client);
        return;
    };
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let clones = (client.try_clone(), server.try_clone(), client.try_clone(), server.try_clone());
    let (Ok(client2), Ok(server2), Ok(client3), Ok(server3)) = clones else {
        return;
    };
    shared.lock().open.extend([client3, server3]);
    let (up, down) = (Arc::clone(shared), Arc::clone(shared));
    thread::spawn(move || pump(&up, Direction::Up, client, server));
    thread::spawn(move || pump(&down, Direction::Down, server2, client2));
}

impl Proxy {
    /// A proxy on a free loopback port before this server; `seed` makes its random choices repeatable.
    pub fn start(upstream: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let control = Control { mode: Mode::Pass, delay: Duration::ZERO, cut: None, open: Vec::new(), random: seed };
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

    /// Closes every open connection; new ones pass.
    pub fn cut_now(&self) {
        let open = std::mem::take(&mut self.shared.lock().open);
        open.iter().for_each(close);
    }

    /// Closes the connection over which the n-th byte from now on goes that way, after that byte. 0: before the next.
    pub fn cut_after(&self, direction: Direction, bytes: u64) {
        self.shared.lock().cut = Some(Cut { direction, left: bytes });
    }

    /// Like [`Proxy::cut_after`] with a random number below `limit`; returns it, for the failure message.
    pub fn cut_somewhere(&self, direction: Direction, limit: u64) -> u64 {
        let mut control = self.shared.lock();
        // splitmix64
        control.random = control.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = control.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bytes = (mixed ^ (mixed >> 31)) % limit.max(1);
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
