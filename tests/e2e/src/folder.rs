//! A folder of files that is gone when the test ends.

use std::path::PathBuf;

/// It lies among the temporary files.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty folder; `name` is one that no other test uses.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("e2e-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }

    /// Writes a file, and the folders it lies in.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("a folder can be made");
        }
        std::fs::write(path, text).expect("a file can be written");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
